// SPDX-License-Identifier: MIT
import type { Accelerator, Shape } from './model.ts';

/** What one launch needs; all paths are absolute. */
export interface Launch {
  bzImage: string;
  /** Initramfs with the agent and the job. */
  initrd: string;
  /** UNIX socket on which the runner listens for the agent's stream. */
  socket: string;
  shape: Shape;
  accelerator: Accelerator['name'];
}

/** Name of the agent's port; PORT_NAME in vm-images/agent/main.c. */
const portName = 'patchproof.events';

/**
 * The words after `vng`. With `-v` virtme-ng puts the kernel's console on its stdout from the
 * first early line on; without it the console goes to /dev/null. The root file system that it
 * insists on sharing is never mounted: `rdinit` starts the agent from the initramfs.
 */
export function vngArguments(launch: Launch): string[] {
  const { bzImage, initrd, socket, shape, accelerator } = launch;
  return [
    '-v',
    '--run',
    bzImage,
    ...(accelerator === 'kvm' ? [] : ['--disable-kvm']),
    // microvm has no PCI, where the port lives; virtiofsd is tried and fails on QEMU 7.2.
    '--disable-microvm',
    '--force-9p',
    '--cpus',
    String(shape.cpus),
    '--memory',
    `${shape.memory}M`,
    '--user',
    'root',
    '-a',
    'rdinit=/init',
    '-a',
    'ignore_loglevel',
    `-o=-initrd ${quoted(initrd)}`,
    `-o=-chardev socket,id=patchproof,path=${quoted(optionValue(socket))}`,
    '-o=-device virtio-serial-pci',
    `-o=-device virtserialport,name=${portName},chardev=patchproof`,
    '--',
    'true',
  ];
}

/** virtme-run splits each `-o` as a shell does. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** In QEMU's option syntax a comma in a value is doubled. */
function optionValue(text: string): string {
  return text.replaceAll(',', ',,');
}
