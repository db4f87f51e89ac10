// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import {
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import { cachePath, publish, scratchFolder } from '../../host/cache.ts';
import type { KernelSource } from '../model.ts';
import { checkInterrupt } from '../stage.ts';
import type { Progress } from '../stage.ts';
import { listFiles } from './list.ts';
import { openSource, readTreeVersion, sourceTime, writeRecord } from './tree.ts';

/** A file as it was last seen: `stat` is type, size, time in ns and inode; `hash` its content's. */
interface Seen {
  stat: string;
  hash: string;
}

/** What was seen in a folder: the key of its snapshot, and each file by path. */
interface Manifest {
  key: string;
  files: Map<string, Seen>;
}

/**
 * A snapshot of the user's tree in the cache, without .git and build products. The tree itself is
 * only read. The key is a hash of the content; file times decide what has to be read again, so
 * that an unchanged tree costs a listing.
 */
export async function directorySource(
  spec: string,
  folder: string,
  context: StageContext,
  progress: Progress,
): Promise<KernelSource> {
  await readTreeVersion(folder);
  progress(0, null, `listing ${folder}`);
  // The name is a hash of the path: the manifest is a shortcut for this folder and no part of the key.
  const manifestFile = path.join(
    cachePath('sources', 'manifests'),
    createHash('sha256').update(folder).digest('hex').slice(0, 32),
  );
  const before = await readManifest(manifestFile);
  const startedNs = BigInt(Date.now()) * 1_000_000n;
  const names = await listFiles(folder, context);
  const stats = await statAll(folder, names, context.signal);
  const unchanged =
    before !== undefined &&
    before.files.size === stats.size &&
    [...stats].every(([name, { text }]) => before.files.get(name)?.stat === text);
  if (unchanged) {
    const source = await openSource(before.key, spec);
    if (source !== undefined) return { ...source, origin: folder };
  }
  const manifest = await snapshot(folder, stats, before, context, progress);
  // A file touched in the last moments could change again within the clock's tick: look again next time.
  for (const [name, { timeNs }] of stats)
    if (timeNs > startedNs - 2_000_000_000n) manifest.files.delete(name);
  await writeManifest(manifestFile, manifest);
  const source = await openSource(manifest.key, spec);
  if (source === undefined) throw new Error(`source ${manifest.key} vanished from the cache`);
  return { ...source, origin: folder };
}

interface Stat {
  text: string;
  timeNs: bigint;
}

async function statAll(
  folder: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, Stat>> {
  const stats = new Map<string, Stat>();
  for (const [index, name] of names.toSorted().entries()) {
    if (index % pauseEvery === 0) {
      await setImmediate();
      checkInterrupt(signal);
    }
    const stat = lstatSync(path.join(folder, name), { bigint: true, throwIfNoEntry: false });
    if (stat === undefined || !(stat.isFile() || stat.isSymbolicLink())) continue;
    const type = stat.isSymbolicLink() ? 'l' : (stat.mode & 0o111n) !== 0n ? 'x' : 'f';
    stats.set(name, {
      text: `${type} ${stat.size} ${stat.mtimeNs} ${stat.ino}`,
      timeNs: stat.mtimeNs,
    });
  }
  return stats;
}

/** Copies the tree into the cache and hashes the copy, so that key and content agree whatever the user edits meanwhile. */
async function snapshot(
  folder: string,
  stats: ReadonlyMap<string, Stat>,
  before: Manifest | undefined,
  context: StageContext,
  progress: Progress,
): Promise<Manifest> {
  const scratch = await scratchFolder('tree');
  try {
    const tree = path.join(scratch, 'tree');
    mkdirSync(tree);
    const files = new Map<string, Seen>();
    const whole = createHash('sha256');
    let madeFolder = '';
    let done = 0;
    for (const [name, { text }] of stats) {
      if (done % pauseEvery === 0) {
        await setImmediate();
        checkInterrupt(context.signal);
        progress(done, stats.size, 'copying the tree');
      }
      const target = path.join(tree, name);
      if (path.dirname(target) !== madeFolder) {
        madeFolder = path.dirname(target);
        mkdirSync(madeFolder, { recursive: true });
      }
      const hash =
        shareOne(before, name, text, target) ??
        copyOne(path.join(folder, name), target, text.startsWith('l'));
      files.set(name, { stat: text, hash });
      whole.update(`${name}\0${text[0]}\0${hash}\0`);
      done++;
    }
    const hash = whole.digest('hex');
    const key = `tree-${hash.slice(0, 32)}`;
    const version = await readTreeVersion(tree);
    await publish('sources', key, async (entry) => {
      await rename(tree, path.join(entry, 'tree'));
      await writeRecord(entry, { ...version, hash, origin: 'a folder', provider: 'directory' });
    });
    return { key, files };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Links a file that is as it was from the snapshot made then; undefined when that cannot be. */
function shareOne(
  before: Manifest | undefined,
  name: string,
  stat: string,
  target: string,
): string | undefined {
  const old = before?.files.get(name);
  if (before === undefined || old?.stat !== stat) return undefined;
  try {
    linkSync(path.join(cachePath('sources', before.key), 'tree', name), target);
    return old.hash;
  } catch (error) {
    // The snapshot was cleaned away, or the file has all the links that a file can have.
    if (['ENOENT', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}

/** Copies a file (sharing its blocks where the file system can) or a symbolic link; returns its content's hash. */
function copyOne(from: string, to: string, isLink: boolean): string {
  const hash = createHash('sha256');
  try {
    if (isLink) {
      const target = readlinkSync(from);
      symlinkSync(target, to);
      return hash.update(target).digest('hex');
    }
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
    utimesSync(to, sourceTime, sourceTime);
    return hash.update(readFileSync(to)).digest('hex');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES')
      throw new PatchproofError({
        kind: 'infrastructure',
        code: 'tree-unreadable',
        message: 'A file of the source tree may not be read.',
        evidence: [from],
        remedy: 'Make the tree readable for this user, e.g.: chmod -R a+rX DIR',
        cause: error,
      });
    if (code !== 'ENOENT') throw error;
    throw new PatchproofError({
      kind: 'infrastructure',
      code: 'tree-changed',
      message: 'The source tree changed while it was being read.',
      evidence: [`gone: ${from}`],
      remedy: 'Start the same command again when nothing writes to the tree.',
    });
  }
}

/** Synchronous calls are several times faster on 90,000 files; a pause now and then keeps the view alive. */
const pauseEvery = 250;

async function readManifest(file: string): Promise<Manifest | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const [key = '', ...fields] = text.split('\0');
  const files = new Map<string, Seen>();
  for (let index = 0; index + 2 < fields.length; index += 3) {
    const [name, stat, hash] = fields.slice(index, index + 3);
    if (name !== undefined && stat !== undefined && hash !== undefined)
      files.set(name, { stat, hash });
  }
  return { key, files };
}

async function writeManifest(file: string, manifest: Manifest): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const fields = [...manifest.files].flatMap(([name, { stat, hash }]) => [name, stat, hash]);
  await writeFileAtomic(file, [manifest.key, ...fields, ''].join('\0'));
}
