// SPDX-License-Identifier: MIT
import type { StageContext } from '../../events.ts';
import type { KernelSource } from '../model.ts';
import { withLock } from '../../host/lock.ts';
import { inStage } from '../stage.ts';
import type { Progress } from '../stage.ts';
import { kernelNotFound } from './attempts.ts';
import type { Attempted } from './attempts.ts';
import { debianSource } from './debian.ts';
import { directorySource } from './directory.ts';
import { gitSource } from './git.ts';
import { kernelOrgSource } from './kernel-org.ts';
import { parseSourceSpec } from './spec.ts';
import type { SourceSpec } from './spec.ts';
import { findCached } from './tree.ts';

/**
 * Makes the tree that `--kernel` asks for available, from the cache where it is there.
 * Throws usage `kernel-spec`, `not-a-kernel-tree`, `kernel-not-found`, `git-no-such-ref`;
 * infrastructure `no-network`, `git-unreachable`, `checksum-mismatch`, `disk-full`.
 */
export async function resolveSource(spec: string, context: StageContext): Promise<KernelSource> {
  const parsed = parseSourceSpec(spec);
  return inStage(context, 'source', null, `kernel ${spec}`, async (progress) => {
    const value = await get(spec, parsed, context, progress);
    return { value, detail: `${value.version}, ${value.origin}` };
  });
}

async function get(
  spec: string,
  parsed: SourceSpec,
  context: StageContext,
  progress: Progress,
): Promise<KernelSource> {
  if (parsed.kind === 'directory') return directorySource(spec, parsed.folder, context, progress);
  if (parsed.kind === 'git') return gitSource(spec, parsed, context, progress);
  const { series } = parsed;
  const provider = parsed.kind === 'debian' ? 'debian' : undefined;
  const fits = (version: string): boolean =>
    parsed.kind === 'debian' || !parsed.exact || sameRelease(version, parsed.version);
  const inCache = (): Promise<KernelSource | undefined> =>
    findCached(
      spec,
      (record) =>
        !['directory', 'git'].includes(record.provider) &&
        (provider === undefined || record.provider === provider) &&
        record.series === series &&
        fits(record.version),
    );
  const cached = await inCache();
  if (cached !== undefined) return cached;
  const waiting = (): void => progress(0, null, 'waiting for another download');
  return withLock(`source-${series}`, context.signal, waiting, async (signal) => {
    // Another run may have fetched it while this one waited.
    const meanwhile = await inCache();
    return meanwhile ?? fetchSource(spec, parsed, fits, { ...context, signal }, progress);
  });
}

/** Asks those who may have it, in turn. */
async function fetchSource(
  spec: string,
  parsed: Exclude<SourceSpec, { kind: 'directory' | 'git' }>,
  fits: (version: string) => boolean,
  context: StageContext,
  progress: Progress,
): Promise<KernelSource> {
  const attempts: Attempted[] = [{ tried: 'the cache', outcome: 'not found', detail: 'not there' }];
  if (parsed.kind === 'version') {
    const found = await kernelOrgSource(spec, parsed, context, progress);
    if ('hash' in found) return found;
    attempts.push(found);
  }
  const found = await debianSource(spec, parsed.series, fits, context, progress);
  if ('hash' in found) return found;
  attempts.push(found);
  throw kernelNotFound(spec, attempts);
}

/** Whether a Makefile's or a package's version (`7.3.0-rc4`, `7.2.13-1`, `7.3~rc4-1~exp1`) is the release asked for. */
export function sameRelease(version: string, wanted: string): boolean {
  const plain = version.replace('~rc', '-rc').replace(/^(\d+\.\d+)\.0(-rc)/, '$1$2');
  return new RegExp(`^${wanted.replaceAll('.', String.raw`\.`)}(?![0-9.])`).test(plain);
}
