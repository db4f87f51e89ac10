// SPDX-License-Identifier: MIT
import os from 'node:os';
import { PatchproofError } from '../errors.ts';

/** An architecture that kernels are built and booted for. */
export interface Architecture {
  /** What make calls ARCH=. */
  name: string;
  /** What vng calls it: ARCH_MAPPING in virtme_ng/run.py. */
  vng: string;
  /** e_machine of its programs: EM_X86_64, EM_AARCH64 in include/uapi/linux/elf-em.h. */
  elf: number;
  /** What Debian calls it. */
  debian: string;
  /** Its emulator, which for its own machine also drives KVM. */
  qemu: string;
  /** Debian's compiler for it on another machine, as CROSS_COMPILE= wants it. */
  crossCompile: string;
  /** The console of QEMU's machine for it: q35's UART, virt's PL011. */
  console: string;
  /** How that machine carries virtio, as the last word of QEMU's device names. */
  virtio: 'pci' | 'device';
}

const architectures: readonly Architecture[] = [
  {
    name: 'x86_64',
    vng: 'amd64',
    elf: 62,
    debian: 'amd64',
    qemu: 'qemu-system-x86_64',
    crossCompile: 'x86_64-linux-gnu-',
    console: 'ttyS0',
    virtio: 'pci',
  },
  {
    name: 'arm64',
    vng: 'arm64',
    elf: 183,
    debian: 'arm64',
    qemu: 'qemu-system-aarch64',
    crossCompile: 'aarch64-linux-gnu-',
    console: 'ttyAMA0',
    // As vng has its own devices there: without PCI the kernel is smaller and boots sooner.
    virtio: 'device',
  },
];

/** Their names, as ARCH= takes them. */
export const architectureNames: readonly string[] = architectures.map(({ name }) => name);

/**
 * The architecture of that name. Throws infrastructure `architecture` for any other: what is
 * given as ARCH= was checked, so it is this machine's own.
 */
export function architectureOf(name: string): Architecture {
  const found = architectures.find((it) => it.name === name);
  if (found !== undefined) return found;
  const words = architectureNames.map((one) => `ARCH=${one}`).join(' or ');
  throw new PatchproofError({
    kind: 'infrastructure',
    code: 'architecture',
    message: `This machine is ${name}, which no guest can be.`,
    remedy: `Name another for the guests, which emulation runs: ${words}`,
  });
}

/** The kernel's name of a machine's architecture. */
export function hostArch(machine: string = os.machine()): string {
  return machine === 'aarch64' ? 'arm64' : machine;
}

/** Whether this machine can run programs of that architecture only under emulation. */
export function isForeign(name: string): boolean {
  return name !== hostArch();
}

/** The value of a word for make, such as `ARCH=arm64`; the last one counts. */
export function wordOf(words: readonly string[], name: string): string | undefined {
  return words.findLast((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** The architecture that words for make choose, by default this machine's. */
export function archOf(makeWords: readonly string[]): string {
  const asked = wordOf(makeWords, 'ARCH') ?? hostArch();
  // What the kernel's own Makefile takes for x86_64.
  return asked === 'x86' ? 'x86_64' : asked;
}
