// SPDX-License-Identifier: MIT
import os from 'node:os';
import path from 'node:path';
import { runOnTerminal } from '../host/process.ts';
import { shellArguments, shellInit } from './command.ts';
import { cpioArchive } from './cpio.ts';
import { makeLaunchFolder, removeLaunchFolder } from './launch-folder.ts';
import type { Accelerator, Shape } from './model.ts';

/** A VM for a person to sit at. */
export interface TerminalRequest {
  bzImage: string;
  /** The image that its tests were run in. */
  image: string;
  shape: Shape;
  accelerator: Accelerator;
  /** Variables that the tests had. */
  environment: Readonly<Record<string, string>>;
  /** Port of QEMU's stub for gdb. */
  gdb: number | null;
}

/** Boots the kernel with a shell on this terminal. Returns vng's exit status when the person is done. */
export async function openTerminal(
  request: TerminalRequest,
  signal: AbortSignal,
): Promise<number | null> {
  const init = Buffer.from(shellScript(request.environment), 'utf8');
  const folder = await makeLaunchFolder(
    request,
    cpioArchive([{ kind: 'file', path: shellInit, data: init, mode: 0o755 }]),
  );
  try {
    return await runOnTerminal(
      'vng',
      shellArguments(request.shape, request.accelerator.name, request.gdb),
      {
        cwd: folder,
        // As for a boot without a person.
        env: {
          HOME: folder,
          PYTHONUSERBASE: process.env['PYTHONUSERBASE'] ?? path.join(os.homedir(), '.local'),
        },
        signal,
        missingRemedy: 'Install virtme-ng: ./patchproof doctor',
      },
    );
  } finally {
    await removeLaunchFolder(folder);
  }
}

/** The first program of the guest: what the agent mounts, a shell with job control, power off. */
function shellScript(environment: Readonly<Record<string, string>>): string {
  const exports = Object.entries(environment).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
  );
  return `#!/bin/sh
busybox=/bin/busybox
$busybox mount -t devtmpfs devtmpfs /dev
$busybox mount -t proc proc /proc
$busybox mount -t sysfs sysfs /sys
$busybox mount -t tmpfs -o mode=1777 tmpfs /tmp
$busybox mount -t tmpfs -o mode=755 tmpfs /run
[ ! -d /sys/kernel/tracing ] || $busybox mount -t tracefs tracefs /sys/kernel/tracing
ip link set lo up
export HOME=/root
${exports.join('\n')}
echo "Linux $($busybox uname -r). Tests: $(echo /selftests/*/*). All else: busybox --list. exit switches off."
$busybox setsid $busybox cttyhack /bin/sh
$busybox poweroff -f
`;
}
