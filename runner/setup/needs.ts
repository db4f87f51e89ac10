// SPDX-License-Identifier: MIT

/** What a command is about to do; each group has needs of its own. */
export type Group =
  | 'patch'
  | 'build'
  | 'vm'
  | 'selftests'
  | 'test'
  /** Kernels and tests for arm64 on another machine; their guests; the root of `--image debian`. */
  | 'build-arm64'
  | 'vm-arm64'
  | 'debian-root';

/** Every group, for commands that want it all: those beside them only serve runs that ask for them. */
export const allGroups: readonly Group[] = ['patch', 'build', 'vm', 'selftests', 'test'];

/** How to tell whether a need is met. */
export type Probe =
  /** A program on PATH; with `least`, its `args` print a version and that must be reached. */
  | { kind: 'command'; name: string; args?: readonly string[]; least?: string }
  /** One of these files; a `*` stands for one folder name. */
  | { kind: 'file'; anyOf: readonly string[] }
  /** One of these files, and it must be a statically linked program. */
  | { kind: 'static-program'; anyOf: readonly string[] };

/** One thing that the host must have. */
export interface Need {
  /** Stable: scripts read it from `doctor --json`. */
  id: string;
  /** What for, in a few words. */
  why: string;
  groups: readonly Group[];
  probe: Probe;
  /** The Debian and Ubuntu package that brings it. */
  package: string;
  /** Its absence costs something but stops nothing. */
  optional?: true;
}

/** The oldest virtme-ng that the launch recipe works with. */
export const leastVirtmeNg = '1.35';

/** Where a Chromium may be: Debian's package first, then what hosted runners have. */
export const browsers: readonly string[] = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium-browser',
];

/**
 * What the stages really run. The lean config has no modules, signatures, BTF or debug info, so
 * that openssl, kmod, pahole and cpio are not among them; its kernels from 6.1 to 7.2
 * were looked through for the commands they record in .cmd files.
 */
export const needs: readonly Need[] = [
  {
    id: 'gcc',
    why: 'compiles kernels, tests and the guest agent',
    groups: ['build', 'vm', 'selftests', 'test'],
    // Documentation/process/changes.rst of 7.2; 6.1 asks for less.
    probe: { kind: 'command', name: 'gcc', args: ['-dumpfullversion'], least: '8.1' },
    package: 'gcc',
  },
  {
    id: 'libc-static',
    why: 'tests and the guest agent are linked statically',
    groups: ['build', 'vm', 'selftests', 'test'],
    probe: {
      kind: 'file',
      anyOf: ['/usr/lib/*/libc.a', '/usr/lib64/libc.a', '/usr/lib/libc.a'],
    },
    package: 'libc6-dev',
  },
  {
    id: 'make',
    why: 'builds kernels and tests',
    groups: ['build', 'selftests', 'test'],
    // Documentation/process/changes.rst of 7.2; 6.1 asks for less.
    probe: { kind: 'command', name: 'make', args: ['--version'], least: '4.0' },
    package: 'make',
  },
  {
    id: 'flex',
    why: 'generates the lexer of kconfig',
    groups: ['build', 'selftests'],
    probe: { kind: 'command', name: 'flex' },
    package: 'flex',
  },
  {
    id: 'bison',
    why: 'generates the parser of kconfig',
    groups: ['build', 'selftests'],
    probe: { kind: 'command', name: 'bison' },
    package: 'bison',
  },
  {
    id: 'rsync',
    why: "what the install rule of the kernel's selftests copies with",
    groups: ['selftests'],
    probe: { kind: 'command', name: 'rsync' },
    package: 'rsync',
  },
  {
    id: 'bc',
    why: 'computes the time constants of the kernel (kernel/time/timeconst.bc)',
    groups: ['build'],
    probe: { kind: 'command', name: 'bc' },
    package: 'bc',
  },
  {
    id: 'libelf',
    why: 'objtool of x86 kernels is built against it',
    groups: ['build'],
    probe: { kind: 'file', anyOf: ['/usr/include/gelf.h'] },
    package: 'libelf-dev',
  },
  {
    id: 'xz',
    why: 'unpacks kernel sources',
    groups: ['patch', 'build'],
    probe: { kind: 'command', name: 'xz' },
    package: 'xz-utils',
  },
  {
    id: 'git',
    why: 'applies patches and lists trees',
    groups: ['patch', 'build', 'test'],
    probe: { kind: 'command', name: 'git' },
    package: 'git',
  },
  {
    id: 'qemu',
    why: 'runs the guests',
    groups: ['vm'],
    // The oldest one that the launch recipe was tried with.
    probe: { kind: 'command', name: 'qemu-system-x86_64', args: ['--version'], least: '7.2' },
    package: 'qemu-system-x86',
  },
  {
    id: 'virtme-ng',
    why: 'starts the guests',
    groups: ['vm'],
    probe: { kind: 'command', name: 'vng', args: ['--version'], least: leastVirtmeNg },
    package: 'virtme-ng',
  },
  {
    id: 'busybox',
    why: 'the shell inside the guest, where no library is',
    groups: ['vm'],
    probe: { kind: 'static-program', anyOf: ['/bin/busybox', '/usr/bin/busybox'] },
    package: 'busybox-static',
  },
  {
    id: 'ccache',
    why: 'builds of almost the same kernel become much faster',
    groups: ['build'],
    probe: { kind: 'command', name: 'ccache' },
    package: 'ccache',
    optional: true,
  },
  {
    id: 'apt',
    why: 'gets kernels named debian:VERSION',
    groups: ['build'],
    probe: { kind: 'command', name: 'apt-get' },
    package: 'apt',
    optional: true,
  },
  {
    id: 'chromium',
    why: 'the tests look at the HTML report with it',
    groups: ['test'],
    probe: { kind: 'file', anyOf: browsers },
    package: 'chromium',
    optional: true,
  },
  {
    id: 'shellcheck',
    why: 'the tests lint the shell of the CI workflows with it',
    groups: ['test'],
    probe: { kind: 'command', name: 'shellcheck' },
    package: 'shellcheck',
    optional: true,
  },
  {
    id: 'zsh',
    why: 'the tests complete commands in it',
    groups: ['test'],
    probe: { kind: 'command', name: 'zsh' },
    package: 'zsh',
    optional: true,
  },
  {
    id: 'fish',
    why: 'the tests complete commands in it',
    groups: ['test'],
    probe: { kind: 'command', name: 'fish' },
    package: 'fish',
    optional: true,
  },
  {
    id: 'mandoc',
    why: 'the tests lint the manual page with it',
    groups: ['test'],
    probe: { kind: 'command', name: 'mandoc' },
    package: 'mandoc',
    optional: true,
  },
  {
    id: 'gcc-arm64',
    why: 'compiles kernels, tests and the guest agent for arm64',
    groups: ['build-arm64'],
    probe: {
      kind: 'command',
      name: 'aarch64-linux-gnu-gcc',
      args: ['-dumpfullversion'],
      least: '8.1',
    },
    package: 'gcc-aarch64-linux-gnu',
  },
  {
    id: 'libc-static-arm64',
    why: 'tests and the guest agent are linked statically',
    groups: ['build-arm64'],
    probe: { kind: 'file', anyOf: ['/usr/aarch64-linux-gnu/lib/libc.a'] },
    package: 'libc6-dev-arm64-cross',
  },
  {
    id: 'qemu-arm64',
    why: 'runs arm64 guests',
    groups: ['vm-arm64'],
    probe: { kind: 'command', name: 'qemu-system-aarch64', args: ['--version'], least: '7.2' },
    package: 'qemu-system-arm',
  },
  {
    id: 'mmdebstrap',
    why: 'makes the root of --image debian',
    groups: ['debian-root'],
    probe: { kind: 'command', name: 'mmdebstrap' },
    package: 'mmdebstrap',
  },
  {
    id: 'newuidmap',
    why: 'lets an ordinary user make the root of --image debian',
    groups: ['debian-root'],
    probe: { kind: 'command', name: 'newuidmap' },
    package: 'uidmap',
  },
];
