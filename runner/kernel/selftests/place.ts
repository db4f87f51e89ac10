// SPDX-License-Identifier: MIT
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import { nearest } from '../../proof/nearest.ts';
import type { TestFolder, TestTarget } from '../../proof/model.ts';
import type { KernelSource, Patch } from '../model.ts';
import { listFiles } from '../source/list.ts';

/** Where the kernel keeps its selftests. */
export const selftests = 'tools/testing/selftests';

/** The kernel whose lib.mk, harness, headers and own tests are used. */
export interface TestsTree {
  source: KernelSource;
  /** Applied first, where a candidate changes the selftests themselves. */
  patch: Patch | null;
}

/** Checks that the tree has a target. Throws usage `no-such-target` with the nearest name. */
export async function checkTarget({ source, patch }: TestsTree, target: string): Promise<void> {
  const makefile = path.join(selftests, target, 'Makefile');
  const removed = patch?.text.includes(`--- a/${makefile}\n+++ /dev/null\n`) === true;
  if (patch?.files.includes(makefile) === true && !removed) return;
  if (!removed && (await isFile(path.join(source.folder, makefile)))) return;
  const known = await targetsOf(source);
  const near = nearest(target, known);
  const below = known.filter((it) => it.startsWith(`${target}/`));
  throw new PatchproofError({
    kind: 'usage',
    code: 'no-such-target',
    message: `Kernel ${source.version} has no selftests target ${target}.`,
    evidence: [
      `looked for ${makefile}`,
      ...(below.length === 0 ? [] : [`below it there are: ${below.join(', ')}`]),
    ],
    remedy:
      near === undefined
        ? `Give one that TARGETS in ${selftests}/Makefile lists, or a folder: --tests ./DIR`
        : `Did you mean --tests ${near}?`,
  });
}

/** What TARGETS of the selftests' Makefile lists. */
async function targetsOf(source: KernelSource): Promise<string[]> {
  const file = path.join(source.folder, selftests, 'Makefile');
  const text = await readFile(file, 'utf8').catch(() => '');
  return [...text.matchAll(/^TARGETS \+= (\S+)$/gm)].map(([, target = '']) => target);
}

/** The files of a folder in kselftest form. Throws usage `no-selftests` where it is none. */
export async function sourcesOf(
  { folder, name }: TestFolder,
  context: StageContext,
): Promise<string[]> {
  const isFolder = (await stat(folder).catch(() => undefined))?.isDirectory() === true;
  const files = isFolder ? (await listFiles(folder, context)).toSorted() : [];
  if (files.includes('Makefile')) return files;
  throw new PatchproofError({
    kind: 'usage',
    code: 'no-selftests',
    message: `The test collection ${name} is no kselftest folder.`,
    evidence: [isFolder ? `${folder} has no Makefile` : `${folder} is no folder`],
    remedy: 'Give a folder with a Makefile that lists TEST_GEN_PROGS and includes lib.mk.',
  });
}

/** Where a collection belongs below the selftests: a folder as deep as its Makefile's way to lib.mk. */
export async function placeOf(collection: TestFolder | TestTarget): Promise<string> {
  if (!('folder' in collection)) return collection.name;
  const { folder, name } = collection;
  const inTree = folder.split(`/${selftests}/`).at(1);
  if (inTree !== undefined) return inTree;
  const makefile = await readFile(path.join(folder, 'Makefile'), 'utf8');
  const up = /^-?include +((?:\.\.\/)+)lib\.mk$/m.exec(makefile)?.[1];
  const above = up === undefined ? 'net/' : ['', 'net/', 'net/patchproof/'][up.length / 3 - 1];
  return `${above ?? 'net/'}${name}`;
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() === true;
}
