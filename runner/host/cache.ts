// SPDX-License-Identifier: MIT
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import envPaths from 'env-paths';
import { isAbandoned, ownerPrefix } from './owner.ts';

/** The immutable things that the cache holds, one folder a kind. */
export type CacheKind =
  | 'downloads'
  | 'mirrors'
  | 'sources'
  | 'kernels'
  | 'objects'
  | 'selftests'
  | 'images'
  | 'roots'
  | 'probes'
  | 'tools';

/** The cache's root: `PATCHPROOF_CACHE_DIR`, else `patchproof` below the XDG cache folder. */
export function cacheRoot(): string {
  const own = process.env['PATCHPROOF_CACHE_DIR'];
  return own === undefined || own === '' ? envPaths('patchproof', { suffix: '' }).cache : own;
}

/** Where an entry is or would be. */
export function cachePath(kind: CacheKind, key: string): string {
  return path.join(cacheRoot(), kind, key);
}

/** The path of a published entry, or undefined. */
export async function lookup(kind: CacheKind, key: string): Promise<string | undefined> {
  const entry = cachePath(kind, key);
  return stat(entry).then(
    () => entry,
    () => undefined,
  );
}

/**
 * Makes an entry: `fill` writes into an empty folder, which then gets its name by one rename.
 * A run that dies in between leaves nothing under the entry's name; whoever loses a race
 * takes the winner's entry. Returns the entry's path.
 */
export async function publish(
  kind: CacheKind,
  key: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const entry = cachePath(kind, key);
  const found = await lookup(kind, key);
  if (found !== undefined) return found;
  const scratch = await scratchFolder(key);
  try {
    await fill(scratch);
    await mkdir(path.dirname(entry), { recursive: true });
    await rename(scratch, entry).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return entry;
}

/** A fresh folder on the cache's file system, named after this process so that `sweep` can tell it is dead. */
export async function scratchFolder(label: string): Promise<string> {
  const folder = path.join(
    cacheRoot(),
    'scratch',
    `${ownerPrefix()}${label.slice(0, 24)}-${randomUUID()}`,
  );
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Removes the scratch folders of runs that are no more; those of other containers stay. */
export async function sweep(): Promise<void> {
  const root = path.join(cacheRoot(), 'scratch');
  for (const name of await readdir(root).catch(() => [])) {
    if (isAbandoned(name)) await rm(path.join(root, name), { recursive: true, force: true });
  }
}
