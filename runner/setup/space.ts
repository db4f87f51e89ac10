// SPDX-License-Identifier: MIT
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { cacheRoot } from '../host/cache.ts';
import { quote } from './own-command.ts';

const gib = 1024 ** 3;
/** Two trees, two builds and the cache: what a first run of one kernel takes, with room to spare. */
export const wantedGib = 8;
/** Below this not even one kernel can be built. */
export const leastGib = 4;

/** Free space for this user in a folder's file system, in GiB; the folder need not exist yet. */
export async function freeGib(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return (bavail * bsize) / gib;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return freeGib(path.dirname(folder));
  }
}

/** What the free space allows. */
export function judgeSpace(free: number): 'ok' | 'warn' | 'fail' {
  if (free >= wantedGib) return 'ok';
  return free >= leastGib ? 'warn' : 'fail';
}

/** A command that gets room: another place for the cache when there is a roomy one, else an empty cache. */
export async function roomCommand(
  places: readonly string[] = ['/var/tmp', '/home', '/srv', '/mnt', '/tmp'],
): Promise<string> {
  for (const place of places) {
    const free = await freeGib(place);
    if (free >= wantedGib) return `export PATCHPROOF_CACHE_DIR=$(mktemp -d -p ${place})`;
  }
  return `rm -rf -- ${quote(cacheRoot())}`;
}
