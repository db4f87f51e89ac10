// SPDX-License-Identifier: MIT
import { readdirSync, statSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import { cachePath, publish, scratchFolder } from '../../host/cache.ts';
import type { KernelSource } from '../model.ts';
import { command, mustSucceed } from '../stage.ts';
import type { Progress } from '../stage.ts';
import { hashFile } from './download.ts';
import { openSource, readTreeVersion, unpackTree, writeRecord } from './tree.ts';

/** A package that apt knows how to get. */
export interface Offer {
  file: string;
  /** Debian's version, e.g. `6.12.117-1~deb12u1`. */
  version: string;
  bytes: number;
  sha256: string;
}

/** Has apt download the package (it resumes a partial file) and checks it once more. */
export async function fetchDeb(
  name: string,
  offer: Offer,
  apt: readonly string[],
  context: StageContext,
  progress: Progress,
): Promise<string | { trouble: string }> {
  const finished = cachePath('downloads', `${offer.sha256.slice(0, 16)}-${name}.deb`);
  if ((await stat(finished).catch(() => undefined))?.size === offer.bytes) return finished;
  const folder = cachePath('downloads', `${offer.sha256.slice(0, 16)}.partial`);
  await mkdir(folder, { recursive: true });
  // apt tells progress only to a terminal; the file's size tells it as well.
  const timer = setInterval(
    () => progress(largestIn(folder), offer.bytes, `${name} ${offer.version}`),
    500,
  );
  try {
    const sandbox = apt.length === 0 ? ['-o', 'APT::Sandbox::User=root'] : [];
    const got = await command(context, 'apt-get', [...apt, ...sandbox, '-q', 'download', name], {
      cwd: folder,
    });
    if (got.exitCode !== 0)
      return { trouble: got.tail.find((line) => line.startsWith('E: ')) ?? 'the download failed' };
  } finally {
    clearInterval(timer);
  }
  const file = path.join(folder, (await readdir(folder)).find((n) => n.endsWith('.deb')) ?? '');
  const found = await hashFile(file);
  if (found !== offer.sha256) {
    await rm(folder, { recursive: true, force: true });
    throw new PatchproofError({
      kind: 'infrastructure',
      code: 'checksum-mismatch',
      message: `${offer.file} is damaged.`,
      evidence: [`expected sha256 ${offer.sha256}`, `found    sha256 ${found}`],
      remedy: 'Start the same command again; the damaged file was removed.',
    });
  }
  await rename(file, finished);
  await rm(folder, { recursive: true, force: true });
  return finished;
}

/** Bytes of the largest file; 0 when the folder was removed behind our back: apt will say so. */
function largestIn(folder: string): number {
  try {
    return Math.max(
      0,
      ...readdirSync(folder).map(
        (file) => statSync(path.join(folder, file), { throwIfNoEntry: false })?.size ?? 0,
      ),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/** The published tree of a package, or undefined. */
export function openDeb(
  spec: string,
  name: string,
  offer: Offer,
): Promise<KernelSource | undefined> {
  return openSource(sourceKey(name, offer), spec);
}

function sourceKey(name: string, offer: Offer): string {
  return `debian-${name.slice('linux-source-'.length)}-${offer.sha256.slice(0, 16)}`;
}

/** Unpacks the kernel tree out of the package and publishes it. */
export async function unpackDeb(
  spec: string,
  name: string,
  offer: Offer,
  deb: string,
  context: StageContext,
  progress: Progress,
): Promise<KernelSource> {
  const key = sourceKey(name, offer);
  progress(0, null, `unpacking ${name} ${offer.version}`);
  await publish('sources', key, async (folder) => {
    const outer = await scratchFolder('deb');
    try {
      await mustSucceed(context, 'unpack the package', 'dpkg-deb', ['-x', deb, outer]);
      const archive = path.join(outer, 'usr', 'src', `${name}.tar.xz`);
      const tree = path.join(folder, 'tree');
      await unpackTree(archive, tree, context);
      await writeRecord(folder, {
        ...(await readTreeVersion(tree)),
        hash: offer.sha256,
        origin: `Debian ${name} ${offer.version}`,
        provider: 'debian',
      });
    } finally {
      await rm(outer, { recursive: true, force: true });
    }
  });
  await rm(deb, { force: true });
  const source = await openSource(key, spec);
  if (source === undefined) throw new Error(`source ${key} vanished from the cache`);
  return source;
}
