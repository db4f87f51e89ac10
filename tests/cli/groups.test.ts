// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { hostArch } from '../../runner/host/arch.ts';
import { bootGroups, buildGroups } from '../../runner/cli/groups.ts';

const own = ['build', 'selftests'];

it.skipIf(hostArch() === 'arm64').each([
  { words: [], groups: own },
  { words: ['LLVM=1'], groups: own },
  { words: ['ARCH=arm64', 'CROSS_COMPILE=aarch64-linux-gnu-'], groups: [...own, 'build-arm64'] },
  // The agent and busybox are built with the GNU compiler all the same.
  { words: ['ARCH=arm64', 'LLVM=1'], groups: [...own, 'build-arm64'] },
  { words: ['ARCH=arm64', 'CROSS_COMPILE=/opt/x-'], groups: own },
])('to build with $words', ({ words, groups }) => {
  expect(buildGroups(words)).toEqual(groups);
});

it.each([
  { arch: 'x86_64', images: ['agent', 'host'] as const, groups: ['vm'] },
  { arch: 'arm64', images: ['agent'] as const, groups: ['vm', 'vm-arm64'] },
  { arch: 'x86_64', images: ['agent', 'debian'] as const, groups: ['vm', 'debian-root'] },
])('to boot $arch with $images', ({ arch, images, groups }) => {
  expect(bootGroups(arch, images)).toEqual(groups);
});
