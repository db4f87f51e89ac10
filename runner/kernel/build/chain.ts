// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { copyFile, lstat, mkdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import writeFileAtomic from 'write-file-atomic';
import { cachePath, lookup } from '../../host/cache.ts';
import { checkInterrupt } from '../stage.ts';

/** A build whose objects the build of another source starts from. */
export interface EarlierBuild {
  /** The kernel's key, and its objects'. */
  key: string;
  /** The pristine tree that it was built from. */
  source: string;
  /** What a patch changed in it. */
  patched: readonly string[];
}

/** What builds of a folder, whose content changes from one to the next, have in common. */
export interface Chain {
  tree: string;
  profile: string;
  arch: string;
}

function recordFile({ tree, profile, arch }: Chain): string {
  const name = createHash('sha256')
    .update(`${tree}\0${profile}\0${arch}`)
    .digest('hex')
    .slice(0, 32);
  return cachePath('objects', `newest-${name}.json`);
}

/** The newest build in a chain. */
export async function newestBuild(chain: Chain): Promise<EarlierBuild | undefined> {
  const text = await readFile(recordFile(chain), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const build = JSON.parse(text) as EarlierBuild;
  const objects = await lookup('objects', build.key);
  const source = await lstat(build.source).catch(() => undefined);
  return objects === undefined || source === undefined ? undefined : build;
}

/** Makes a build the newest of its chain; the objects of the one before are of no use any more. */
export async function recordNewest(chain: Chain, build: EarlierBuild): Promise<void> {
  const before = await newestBuild(chain);
  const file = recordFile(chain);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFileAtomic(file, JSON.stringify(build));
  if (before !== undefined && before.key !== build.key)
    await rm(cachePath('objects', before.key), { recursive: true, force: true });
}

/** Files of a tree that are not what they were in an earlier one; those that are gone make notices itself. */
export async function changedFiles(
  before: string,
  now: string,
  signal: AbortSignal,
): Promise<string[]> {
  const changed: string[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    // Synchronous calls are several times faster on 90,000 files.
    await setImmediate();
    checkInterrupt(signal);
    for (const entry of readdirSync(path.join(now, folder), { withFileTypes: true })) {
      const name = path.join(folder, entry.name);
      if (entry.isDirectory()) folders.push(name);
      else if (!isSame(path.join(before, name), path.join(now, name))) changed.push(name);
    }
  }
  return changed;
}

function isSame(left: string, right: string): boolean {
  const [a, b] = [left, right].map((file) => lstatSync(file, { throwIfNoEntry: false }));
  if (a === undefined || b === undefined) return false;
  // Snapshots of one folder share the files that stayed as they were.
  if (a.dev === b.dev && a.ino === b.ino) return true;
  if (a.mode !== b.mode || a.size !== b.size) return false;
  if (a.isSymbolicLink()) return readlinkSync(left) === readlinkSync(right);
  return a.isFile() && readFileSync(left).equals(readFileSync(right));
}

/**
 * Gives files of the workshop's tree the present time, so that make sees that the objects are older.
 * They are hard links into the cache: each is replaced, none is written to.
 */
export async function renewFiles(tree: string, files: readonly string[]): Promise<void> {
  for (const name of files) {
    const file = path.join(tree, name);
    const stat = await lstat(file).catch(() => undefined);
    if (stat === undefined) continue;
    const fresh = `${file}.patchproof-new`;
    if (stat.isSymbolicLink()) await symlink(await readlink(file), fresh);
    else await copyFile(file, fresh);
    await rename(fresh, file);
  }
}
