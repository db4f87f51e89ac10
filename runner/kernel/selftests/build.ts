// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import { cacheRoot, lookup, publish, scratchFolder } from '../../host/cache.ts';
import { isElf } from '../../host/elf.ts';
import { matchesGlob } from '../../proof/glob.ts';
import { isFolder } from '../../proof/model.ts';
import type { TestCollection } from '../../proof/model.ts';
import { nearest } from '../../proof/nearest.ts';
import { diagnose } from '../build/diagnose.ts';
import { selftestsKey } from '../build/key.ts';
import type { Toolchain } from '../model.ts';
import { hashFile } from '../source/download.ts';
import { inStage } from '../stage.ts';
import type { Progress } from '../stage.ts';
import { installChosen } from './choose.ts';
import { logOf, neighboursOf, testsMake } from './make.ts';
import type { TestsMake } from './make.ts';
import { checkTarget, placeOf, sourcesOf } from './place.ts';
import type { TestsTree } from './place.ts';
import { readTimeout } from './settings.ts';
import { layOutTree } from './tree.ts';

/** A collection of tests to build. */
export interface SelftestsRequest {
  tree: TestsTree;
  collection: TestCollection;
  /** Linked so that they need no library in the guest. */
  isStatic: boolean;
  toolchain: Toolchain;
}

/** A built collection in the cache. */
export interface BuiltSelftests {
  /** What is installed, laid out as below the kernel's selftests. */
  root: string;
  /** The collection's folder in it. */
  place: string;
  programs: readonly { name: string; file: string }[];
  /** Of one program, from the collection's `settings`. */
  timeoutMs: number;
  /** The collection's config fragment; there need not be one. */
  config: string;
}

/** programs.json of a cache entry. */
interface BuiltRecord {
  programs: string[];
  /** Files that do not build here, and that no chosen test names. */
  unbuilt: string[];
}

/**
 * Builds a collection of tests in a copy of the tree, with the kernel's own lib.mk. Throws
 * infrastructure `selftests-failed` with the compiler's lines; usage `no-selftests`,
 * `no-such-target` or `no-such-program`.
 */
export async function buildSelftests(
  request: SelftestsRequest,
  context: StageContext,
): Promise<BuiltSelftests> {
  const { tree, collection, isStatic, toolchain } = request;
  const { name } = collection;
  return inStage(context, 'selftests', null, `selftests ${name}`, async (progress) => {
    const own = isFolder(collection)
      ? { folder: collection.folder, files: await sourcesOf(collection, context) }
      : null;
    if (own === null) await checkTarget(tree, name);
    const place = await placeOf(collection);
    const key = selftestsKey({
      sourceHash: tree.source.hash,
      patchHash: tree.patch?.hash ?? null,
      name,
      place,
      content: own === null ? null : await contentHash(own.folder, own.files),
      programs: 'programs' in collection ? collection.programs : [],
      isStatic,
      toolchain,
    });
    const known = await lookup('selftests', key);
    const folder = own === null ? null : { ...own, place };
    const entry = known ?? (await build(request, folder, place, key, progress, context));
    const { programs, unbuilt } = JSON.parse(
      await readFile(path.join(entry, 'programs.json'), 'utf8'),
    ) as BuiltRecord;
    if (unbuilt.length > 0) {
      const text = `${name}: not built here, and named by no test that is run: ${unbuilt.join(', ')}`;
      context.emit({ type: 'note', text });
    }
    const root = path.join(entry, 'tests');
    const inRoot = path.join(root, place);
    const value = {
      root,
      place,
      programs: programs.map((program) => ({ name: program, file: path.join(inRoot, program) })),
      timeoutMs: readTimeout(await readOptional(path.join(inRoot, 'settings'))) * 1000,
      config: path.join(inRoot, 'config'),
    };
    const count = `${programs.length} ${programs.length === 1 ? 'program' : 'programs'}`;
    return { value, detail: known === undefined ? count : `${count}, from the cache` };
  });
}

async function contentHash(folder: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0${await hashFile(path.join(folder, file))}\0`);
  return hash.digest('hex');
}

async function build(
  request: SelftestsRequest,
  folder: { folder: string; files: readonly string[]; place: string } | null,
  place: string,
  key: string,
  progress: Progress,
  context: StageContext,
): Promise<string> {
  const { tree, collection, toolchain } = request;
  // lib.mk compares with the paths that the kernel resolves.
  const scratch = await realpath(await scratchFolder('selftests'));
  try {
    const laidOut = await layOutTree(tree, folder, toolchain, scratch, progress, context);
    progress(0, null, 'compiling');
    const make = testsMake(laidOut, place, request, context);
    const fail = (): Promise<never> => refuse(collection.name, make, scratch);
    return await publish('selftests', key, async (entry) => {
      const root = path.join(entry, 'tests');
      const programs = choose(collection, await make.emitted());
      const whole = isFolder(collection) || collection.programs.length === 0;
      const isDone = whole && (await make.install(root)).exitCode === 0;
      const unbuilt = isDone ? [] : await installChosen(make, root, { programs, whole }, fail);
      await checkInstalled(collection.name, path.join(root, place), programs);
      if (whole || !(await areCompiled(path.join(root, place), programs))) {
        for (const other of await neighboursOf(laidOut, place, toolchain, context)) {
          const made = await testsMake(laidOut, other, request, context).install(root);
          if (made.exitCode !== 0) unbuilt.push(other);
        }
      }
      // Of a part of the collection, too.
      for (const name of ['settings', 'config']) {
        const text = await readOptional(path.join(make.place, name));
        if (text !== '') await writeFile(path.join(root, place, name), text);
      }
      const record: BuiltRecord = { programs, unbuilt };
      await writeFile(path.join(entry, 'programs.json'), `${JSON.stringify(record)}\n`);
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The programs that a collection asks for, of those that its Makefile calls tests. */
function choose(collection: TestCollection, all: readonly string[]): string[] {
  if (isFolder(collection) || collection.programs.length === 0) return [...all];
  const { name, programs } = collection;
  for (const glob of programs) {
    if (all.some((it) => matchesGlob(glob, it))) continue;
    const near = all.find((it) => it.startsWith(`${glob}.`)) ?? nearest(glob, all);
    throw new PatchproofError({
      kind: 'usage',
      code: 'no-such-program',
      message: `The selftests target ${name} has no test ${glob}.`,
      evidence: [`it has: ${all.join(', ')}`],
      remedy:
        near === undefined
          ? 'Give one of them, or a glob that matches some.'
          : `Did you mean --tests ${name}:${near}?`,
    });
  }
  return all.filter((it) => programs.some((glob) => matchesGlob(glob, it)));
}

async function checkInstalled(
  name: string,
  folder: string,
  programs: readonly string[],
): Promise<void> {
  const found = await Promise.all(
    programs.map((it) => stat(path.join(folder, it)).then(Boolean, () => false)),
  );
  const lost = programs.filter((_, index) => found[index] !== true);
  if (programs.length > 0 && lost.length === 0) return;
  throw new PatchproofError({
    kind: 'infrastructure',
    code: 'selftests-failed',
    message:
      programs.length === 0
        ? `The test collection ${name} has no test.`
        : `The test collection ${name} lists tests that its Makefile does not install.`,
    evidence: lost,
    remedy: 'Correct its Makefile: TEST_PROGS and TEST_GEN_PROGS are what lib.mk installs.',
  });
}

/** Compiled tests stand by themselves; the libraries of other folders are for scripts. */
async function areCompiled(folder: string, programs: readonly string[]): Promise<boolean> {
  const all = await Promise.all(programs.map((it) => readFile(path.join(folder, it))));
  return all.every(isElf);
}

/** Throws what the make that ran last says of its failure. */
async function refuse(name: string, make: TestsMake, scratch: string): Promise<never> {
  const kept = path.join(cacheRoot(), 'failures', `selftests-${name.replaceAll('/', '-')}.log`);
  await mkdir(path.dirname(kept), { recursive: true });
  await copyFile(make.log, kept);
  const code = 'selftests-failed';
  throw diagnose({ what: `The test collection ${name}`, code }, await logOf(make), scratch, kept);
}

async function readOptional(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
}
