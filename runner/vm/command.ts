// SPDX-License-Identifier: MIT
import os from 'node:os';
import path from 'node:path';
import type { CommandLine } from '../host/command-line.ts';
import type { Accelerator, Shape } from './model.ts';

/**
 * Names in the folder that vng is started in. vng pastes its words into shell commands without
 * quoting them, so no path of the host is among them.
 */
export const launchFiles = { kernel: 'bzImage', initrd: 'initrd', port: 'port' } as const;

/** Name of the agent's port; PORT_NAME in vm-images/agent/main.c. */
const portName = 'patchproof.events';

/** Console on the serial line, and an end of QEMU when the kernel panics. */
const consoleWords = ['console=ttyS0', 'panic=-1'];

const kernelWords = [
  // The agent starts from the initramfs, so the root file system that vng shares is never mounted.
  'rdinit=/init',
  ...consoleWords,
  'ignore_loglevel',
  // /dev/kmsg takes ten lines in five seconds otherwise, and a test's marker could be lost.
  'printk.devkmsg=on',
];

const qemuWords = [
  '-no-reboot',
  `-initrd ${launchFiles.initrd}`,
  `-chardev socket,id=patchproof,path=${launchFiles.port}`,
  '-device virtio-serial-pci',
  `-device virtserialport,name=${portName},chardev=patchproof`,
];

/**
 * The words after `vng`. Without a command for the guest vng is in its interactive mode: that
 * mode gives QEMU's own exit status, needs no ports of its own, and is the only one in which
 * virtme-ng 1.35 to 1.37 accept sockets as standard streams. With `-v` the kernel's console is
 * on stdout from its first early line on.
 *
 * @param bootWords what the tests ask of the kernel's command line
 */
export function vngArguments(
  shape: Shape,
  accelerator: Accelerator['name'],
  bootWords: readonly string[],
): string[] {
  return words(shape, accelerator, [...kernelWords, ...bootWords], qemuWords);
}

/** Where the second archive of a launch has its first program when a person is to sit at the VM. */
export const shellInit = 'patchproof.shell';

/**
 * The words after `vng` for a person at a terminal. With `gdb` QEMU's stub listens on that port of
 * this machine, and the kernel stays at the addresses of its symbols.
 */
export function shellArguments(
  shape: Shape,
  accelerator: Accelerator['name'],
  gdb: number | null,
): string[] {
  const kernel = [`rdinit=/${shellInit}`, ...consoleWords, 'loglevel=4'];
  const qemu = ['-no-reboot', `-initrd ${launchFiles.initrd}`];
  if (gdb === null) return words(shape, accelerator, kernel, qemu);
  const stub = `-gdb tcp:127.0.0.1:${gdb}`;
  return words(shape, accelerator, [...kernel, 'nokaslr'], [...qemu, stub]);
}

function words(
  shape: Shape,
  accelerator: Accelerator['name'],
  kernel: readonly string[],
  qemu: readonly string[],
): string[] {
  return [
    ...['-v', '--run', `./${launchFiles.kernel}`, '--skip-modules'],
    ...(accelerator === 'kvm' ? [] : ['--disable-kvm']),
    // microvm has no PCI, where the port lives; virtiofsd is tried and fails on QEMU 7.2.
    ...['--disable-microvm', '--force-9p', '--disable-monitor'],
    ...['--cpus', String(shape.cpus), '--memory', `${shape.memory}M`],
    ...['--name', 'patchproof', '--user', 'root'],
    ...kernel.flatMap((word) => ['-a', word]),
    `--qemu-opts=${qemu.join(' ')}`,
  ];
}

/** How vng is started in a launch folder. */
export function vngLine(
  folder: string,
  shape: Shape,
  accelerator: Accelerator['name'],
  bootWords: readonly string[],
): Required<CommandLine> {
  return {
    program: 'vng',
    args: vngArguments(shape, accelerator, bootWords),
    cwd: folder,
    // A personal virtme-ng.conf would override the options; Python's own packages stay found.
    env: {
      HOME: folder,
      PYTHONUSERBASE: process.env['PYTHONUSERBASE'] ?? path.join(os.homedir(), '.local'),
      TERM: 'linux',
    },
  };
}
