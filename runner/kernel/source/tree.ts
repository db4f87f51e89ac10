// SPDX-License-Identifier: MIT
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import { cachePath, lookup } from '../../host/cache.ts';
import type { KernelSource } from '../model.ts';
import { mustSucceed } from '../stage.ts';
import { compareVersions } from './spec.ts';

/** A kernel version as the top Makefile states it. */
export interface TreeVersion {
  /** `6.12.117`, `7.3.0-rc4`. */
  version: string;
  /** `6.12`. */
  series: string;
}

/** What `sources/<key>/source.json` keeps beside `tree/`. */
export interface SourceRecord extends TreeVersion {
  hash: string;
  origin: string;
  provider: 'directory' | 'git' | 'debian' | 'kernel.org';
}

/** The time of every file of a tree that we write ourselves: objects must not depend on when that was. */
export const sourceTime = new Date('2000-01-01T00:00:00Z');

/** Reads VERSION, PATCHLEVEL, SUBLEVEL and EXTRAVERSION; undefined when it is no kernel's Makefile. */
export function parseMakefileVersion(makefile: string): TreeVersion | undefined {
  const field = (name: string): string =>
    new RegExp(`^${name}[ \\t]*=[ \\t]*(\\S*)`, 'm').exec(makefile)?.[1] ?? '';
  const [major, minor] = [field('VERSION'), field('PATCHLEVEL')];
  if (!/^\d+$/.test(major) || !/^\d+$/.test(minor)) return undefined;
  const series = `${major}.${minor}`;
  return { version: `${series}.${field('SUBLEVEL')}${field('EXTRAVERSION')}`, series };
}

/** The version of the tree in `folder`; throws usage `not-a-kernel-tree`. */
export async function readTreeVersion(folder: string): Promise<TreeVersion> {
  const makefile = await readFile(path.join(folder, 'Makefile'), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    },
  );
  const version = parseMakefileVersion(makefile);
  const entries = await readdir(folder);
  const missing = ['Kconfig', 'Kbuild', 'scripts', 'init'].filter(
    (name) => !entries.includes(name),
  );
  if (version !== undefined && missing.length === 0) return version;
  throw new PatchproofError({
    kind: 'usage',
    code: 'not-a-kernel-tree',
    message: `${folder} is not a kernel source tree.`,
    evidence: [
      version === undefined
        ? 'its Makefile has no VERSION and PATCHLEVEL lines'
        : `it has no ${missing.join(', no ')}`,
    ],
    remedy: 'Give --kernel the top folder of a Linux source tree, or a version such as 6.12.',
  });
}

/** Writes the record that makes a folder with a `tree/` a source. */
export async function writeRecord(folder: string, record: SourceRecord): Promise<void> {
  await writeFile(path.join(folder, 'source.json'), `${JSON.stringify(record, null, 2)}\n`);
}

/** The published source under a key. */
export async function openSource(key: string, spec: string): Promise<KernelSource | undefined> {
  const entry = await lookup('sources', key);
  if (entry === undefined) return undefined;
  const record = JSON.parse(
    await readFile(path.join(entry, 'source.json'), 'utf8'),
  ) as SourceRecord;
  return {
    spec,
    version: record.version,
    series: record.series,
    folder: path.join(entry, 'tree'),
    hash: record.hash,
    origin: record.origin,
  };
}

/** The newest cached source that `wanted` accepts. */
export async function findCached(
  spec: string,
  wanted: (record: SourceRecord) => boolean,
): Promise<KernelSource | undefined> {
  const root = cachePath('sources', '');
  let best: { key: string; record: SourceRecord } | undefined;
  for (const key of await readdir(root).catch(() => [])) {
    const text = await readFile(path.join(root, key, 'source.json'), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const record = JSON.parse(text) as SourceRecord;
    if (!wanted(record)) continue;
    if (best === undefined || compareVersions(record.version, best.record.version) > 0)
      best = { key, record };
  }
  return best === undefined ? undefined : openSource(best.key, spec);
}

/** Unpacks a source archive, whatever its compression, without its top folder. */
export async function unpackTree(
  archive: string,
  tree: string,
  context: StageContext,
): Promise<void> {
  await mkdir(tree);
  const words = ['-xf', archive, '-C', tree, '--strip-components=1', '--no-same-owner'];
  await mustSucceed(context, 'unpack the kernel source', 'tar', words);
}
