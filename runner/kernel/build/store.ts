// SPDX-License-Identifier: MIT
import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';
import { cachePath, lookup, publish } from '../../host/cache.ts';
import type { BuiltKernel } from '../model.ts';
import { imageOf } from './compile.ts';

/** `kernels/<key>/build.json`. */
export interface BuildRecord {
  release: string;
  imageHash: string;
  /** Objects that this build compiled. */
  objects: number;
  durationMs: number;
  profile: string;
  series: string;
  sourceHash: string;
  patchHash: string | null;
  compiler: string;
}

/** Reads a kernel from the cache. */
export async function findKernel(key: string): Promise<BuiltKernel | undefined> {
  const folder = await lookup('kernels', key);
  if (folder === undefined) return undefined;
  const record = await readRecord(folder);
  return {
    key,
    folder,
    bzImage: path.join(folder, 'bzImage'),
    config: path.join(folder, 'config'),
    log: path.join(folder, 'build.log'),
    imageHash: record.imageHash,
    release: record.release,
    cached: true,
    objects: 0,
    durationMs: 0,
    lacks: [],
  };
}

/** Puts a finished build under its key in one step. */
export async function storeKernel(
  key: string,
  out: string,
  log: string,
  image: string,
  record: BuildRecord,
): Promise<void> {
  await publish('kernels', key, async (folder) => {
    await copyFile(image, path.join(folder, 'bzImage'));
    await copyFile(path.join(out, 'vmlinux'), path.join(folder, 'vmlinux'));
    await copyFile(path.join(out, 'System.map'), path.join(folder, 'System.map'));
    await copyFile(path.join(out, '.config'), path.join(folder, 'config'));
    await copyFile(log, path.join(folder, 'build.log'));
    await writeFile(path.join(folder, 'build.json'), `${JSON.stringify(record, null, 2)}\n`);
  });
}

/**
 * Copies what a person wants of a kernel to a folder, under the names that make gives it. Throws
 * infrastructure `output`: that a copy cannot be written is no fault of the kernel's.
 */
export async function exportKernel(
  { folder }: BuiltKernel,
  arch: string,
  to: string,
): Promise<void> {
  const names = {
    bzImage: imageOf(arch).target,
    config: '.config',
    vmlinux: 'vmlinux',
    'System.map': 'System.map',
  };
  try {
    await mkdir(to, { recursive: true });
    for (const [name, own] of Object.entries(names))
      await copyFile(path.join(folder, name), path.join(to, own));
  } catch (cause) {
    throw new PatchproofError({
      kind: 'infrastructure',
      code: 'output',
      message: `The kernel cannot be copied to ${to}.`,
      evidence: [cause instanceof Error ? cause.message : String(cause)],
      remedy: 'Make room there, or choose another place with O=DIR.',
      cause,
    });
  }
}

/** Moves a build's objects to where later builds of the same source start from; linked images are left out, make links anew. */
export async function storeObjects(key: string, out: string): Promise<void> {
  if ((await lookup('objects', key)) !== undefined) return;
  for (const name of await readdir(out))
    if (/^(vmlinux(\.o|\.unstripped)?|\.tmp_vmlinux.*|\.vmlinux\.objs)$/.test(name))
      await rm(path.join(out, name), { force: true });
  const entry = cachePath('objects', key);
  await mkdir(path.dirname(entry), { recursive: true });
  await rename(out, entry);
}

/** The objects of a build of exactly this source, if they are still in the cache. */
export async function findObjects(
  seed: BuiltKernel | null,
  sourceHash: string,
): Promise<string | undefined> {
  if (seed === null) return undefined;
  const record = await readRecord(seed.folder).catch(() => undefined);
  // Other sources may be older than these objects, and make would take them for up to date.
  return record?.sourceHash === sourceHash ? lookup('objects', seed.key) : undefined;
}

/** What a first build is told to expect; measured on 6.12.117 with gcc 12. */
const typicalObjects: Readonly<Record<string, number>> = { lean: 1203 };

/** How many objects the last full build of this profile had, of this series if there was one. */
export async function expectedObjects(profile: string, series: string): Promise<number | null> {
  const root = cachePath('kernels', '');
  let other = typicalObjects[profile] ?? null;
  for (const key of await readdir(root).catch(() => [])) {
    const record = await readRecord(path.join(root, key)).catch(() => undefined);
    if (record === undefined || record.profile !== profile || record.patchHash !== null) continue;
    if (record.series === series) return record.objects;
    other = record.objects;
  }
  return other;
}

async function readRecord(folder: string): Promise<BuildRecord> {
  return JSON.parse(await readFile(path.join(folder, 'build.json'), 'utf8')) as BuildRecord;
}
