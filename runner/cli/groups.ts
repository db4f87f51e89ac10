// SPDX-License-Identifier: MIT
import { architectureOf, archOf, isForeign, wordOf } from '../host/arch.ts';
import type { ImageName, Plan } from '../proof/model.ts';
import type { Group } from '../setup/needs.ts';

/** What this host must have to build what a plan needs. */
export function buildGroups(words: readonly string[]): Group[] {
  const arch = archOf(words);
  const usual = architectureOf(arch).crossCompile;
  // Another prefix than Debian's is the person's own affair.
  const isUsual = (wordOf(words, 'CROSS_COMPILE') ?? usual) === usual;
  const cross: Group[] = isForeign(arch) && arch === 'arm64' && isUsual ? ['build-arm64'] : [];
  return ['build', 'selftests', ...cross];
}

/** What this host must have to boot guests of an architecture with these roots. */
export function bootGroups(arch: string, images: readonly ImageName[]): Group[] {
  return [
    'vm',
    ...(arch === 'arm64' ? (['vm-arm64'] as const) : []),
    ...(images.includes('debian') ? (['debian-root'] as const) : []),
  ];
}

/** What this host must have for a plan. */
export function groupsOf(words: readonly string[], plan: Plan): Group[] {
  const images = plan.cells.map(({ image }) => image);
  return [...buildGroups(words), ...bootGroups(archOf(words), images)];
}
