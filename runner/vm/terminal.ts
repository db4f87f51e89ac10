// SPDX-License-Identifier: MIT
import { runOnTerminal } from '../host/process.ts';
import type { ImageName } from '../proof/model.ts';
import { shellArguments, vngLine } from './command.ts';
import { jobArchive } from './job.ts';
import { makeLaunchFolder, removeLaunchFolder } from './launch-folder.ts';
import type { Accelerator, Shape } from './model.ts';

/** A VM for a person to sit at. */
export interface TerminalRequest {
  bzImage: string;
  /** The image that its tests were run in. */
  image: string;
  /** The kernel's architecture, as ARCH= has it. */
  arch: string;
  /** What the tests saw as /, and the folder of it; see BootRequest. */
  root: ImageName;
  sharedRoot: string | undefined;
  shape: Shape;
  accelerator: Accelerator;
  /** Variables that the tests had. */
  environment: Readonly<Record<string, string>>;
  /** Port of QEMU's stub for gdb. */
  gdb: number | null;
}

/** Where an agent image alone is the root, `ls` and the like are applets of its busybox. */
const more = ' All else: busybox --list.';

/** Boots the kernel with a shell on this terminal. Returns vng's exit status when the person is done. */
export async function openTerminal(
  request: TerminalRequest,
  signal: AbortSignal,
): Promise<number | null> {
  const { root, environment, gdb, arch, shape, accelerator, sharedRoot } = request;
  const greeting = `echo "Linux $(cat /proc/sys/kernel/osrelease). Tests: $(echo /selftests/*/*).${root === 'agent' ? more : ''} exit switches off."`;
  const shell = {
    id: 'shell',
    program: '/bin/sh',
    args: ['-c', `${greeting}; [ ! -x /bin/bash ] || exec /bin/bash; exec /bin/sh`],
    cwd: '/root',
    // No clock runs on a person.
    timeoutMs: 1,
    environment: { ...environment, TERM: 'linux' },
  };
  const job = { tests: [shell], root, console: true } as const;
  const folder = await makeLaunchFolder(request, jobArchive(job));
  try {
    const launch = {
      arch,
      shape,
      accelerator: accelerator.name,
      hasRoot: sharedRoot !== undefined,
      bootWords: [],
    };
    const { program, args, cwd, env } = vngLine(folder, shellArguments(launch, gdb));
    // The terminal's own TERM is what vng has to know.
    const own = { HOME: env['HOME'], PYTHONUSERBASE: env['PYTHONUSERBASE'] };
    return await runOnTerminal(program, args, {
      cwd,
      env: own,
      signal,
      missingRemedy: 'Install virtme-ng: ./patchproof doctor',
    });
  } finally {
    await removeLaunchFolder(folder);
  }
}
