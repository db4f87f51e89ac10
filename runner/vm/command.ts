// SPDX-License-Identifier: MIT
import os from 'node:os';
import path from 'node:path';
import { architectureOf, isForeign } from '../host/arch.ts';
import type { Architecture } from '../host/arch.ts';
import type { CommandLine } from '../host/command-line.ts';
import type { Accelerator, Shape } from './model.ts';

/**
 * Names in the folder that vng is started in. vng pastes its words into shell commands without
 * quoting them, so no path of the host is among them.
 */
export const launchFiles = {
  kernel: 'bzImage',
  initrd: 'initrd',
  port: 'port',
  root: 'root',
  empty: 'empty',
} as const;

/** How the export of `root` is called in the guest. */
export const rootTag = 'patchproof.root';

/** A kernel's way into a VM. */
export interface Launch {
  /** The guest's, as ARCH= has it. */
  arch: string;
  accelerator: Accelerator['name'];
  shape: Shape;
  /** Whether `launchFiles.root` is to be shared with the guest, and nothing else of the host. */
  hasRoot: boolean;
  /** What the tests ask of the kernel's command line. */
  bootWords: readonly string[];
}

/** Name of the agent's port; PORT_NAME in vm-images/agent/main.c. */
const portName = 'patchproof.events';

/**
 * The words after `vng`. Without a command for the guest vng is in its interactive mode: that
 * mode gives QEMU's own exit status, needs no ports of its own, and is the only one in which
 * virtme-ng 1.35 to 1.37 accept sockets as standard streams. With `-v` the kernel's console is
 * on stdout from its first early line on.
 */
export function vngArguments(launch: Launch): string[] {
  const arch = architectureOf(launch.arch);
  return words(
    launch,
    arch,
    [
      'ignore_loglevel',
      // /dev/kmsg takes ten lines in five seconds otherwise, and a test's marker could be lost.
      'printk.devkmsg=on',
      ...launch.bootWords,
    ],
    [
      `-chardev socket,id=patchproof,path=${launchFiles.port}`,
      `-device virtio-serial-${arch.virtio}`,
      `-device virtserialport,name=${portName},chardev=patchproof`,
    ],
  );
}

/**
 * The words after `vng` for a person at a terminal. With `gdb` QEMU's stub listens on that port of
 * this machine, and the kernel stays at the addresses of its symbols.
 */
export function shellArguments(launch: Launch, gdb: number | null): string[] {
  const arch = architectureOf(launch.arch);
  if (gdb === null) return words(launch, arch, ['loglevel=4'], []);
  return words(launch, arch, ['loglevel=4', 'nokaslr'], [`-gdb tcp:127.0.0.1:${gdb}`]);
}

function words(
  { accelerator, shape, hasRoot, arch: name }: Launch,
  arch: Architecture,
  kernel: readonly string[],
  qemu: readonly string[],
): string[] {
  return [
    ...['-v', '--run', `./${launchFiles.kernel}`, '--skip-modules'],
    ...(isForeign(name) ? ['--arch', arch.vng] : []),
    // vng insists on a root for another architecture, may write into one, and shares the host's
    // where none is named.
    ...(hasRoot || isForeign(name) ? ['--root', `./${launchFiles.empty}`] : []),
    ...(accelerator === 'kvm' ? [] : ['--disable-kvm']),
    // microvm has no PCI, where the port lives; virtiofsd is tried and fails on QEMU 7.2.
    ...['--disable-microvm', '--force-9p', '--disable-monitor'],
    ...['--cpus', String(shape.cpus), '--memory', `${shape.memory}M`],
    ...['--name', 'patchproof', '--user', 'root'],
    ...[
      // The agent starts from the initramfs, so the root file system that vng shares is not mounted.
      'rdinit=/init',
      // On the serial line, and an end of QEMU when the kernel panics.
      `console=${arch.console}`,
      'panic=-1',
      ...kernel,
    ].flatMap((word) => ['-a', word]),
    `--qemu-opts=${['-no-reboot', `-initrd ${launchFiles.initrd}`, ...(hasRoot ? share(arch) : []), ...qemu].join(' ')}`,
  ];
}

function share({ virtio }: Architecture): string[] {
  const folder = `path=${launchFiles.root},security_model=none,readonly=on,multidevs=remap`;
  return [
    `-fsdev local,id=root,${folder}`,
    `-device virtio-9p-${virtio},fsdev=root,mount_tag=${rootTag}`,
  ];
}

/** How vng is started in a launch folder. */
export function vngLine(folder: string, args: readonly string[]): Required<CommandLine> {
  return {
    program: 'vng',
    args,
    cwd: folder,
    // A personal virtme-ng.conf would override the options; Python's own packages stay found.
    env: {
      HOME: folder,
      PYTHONUSERBASE: process.env['PYTHONUSERBASE'] ?? path.join(os.homedir(), '.local'),
      TERM: 'linux',
    },
  };
}
