// SPDX-License-Identifier: MIT
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Lists, TestsMake } from './make.ts';
import { neededBy } from './mentions.ts';

/** Lists of files that make generates. */
const generatedLists = [
  'TEST_GEN_PROGS',
  'TEST_CUSTOM_PROGS',
  'TEST_GEN_PROGS_EXTENDED',
  'TEST_GEN_FILES',
] as const;

/**
 * Installs the chosen programs of a collection with the files that they need: those that they
 * name. Where it is the whole collection, everything else that builds comes along. Calls `fail`
 * when something needed does not build; returns what else did not.
 */
export async function installChosen(
  make: TestsMake,
  root: string,
  { programs, whole }: { programs: readonly string[]; whole: boolean },
  fail: () => Promise<never>,
): Promise<string[]> {
  const lists = await make.lists();
  const generated = new Map(
    generatedLists.flatMap((list) => lists[list].map((it) => [path.basename(it), it] as const)),
  );
  const plain = new Map(
    [...lists.TEST_PROGS, ...lists.TEST_PROGS_EXTENDED, ...lists.TEST_FILES].map(
      (it) => [path.basename(it), it] as const,
    ),
  );
  const fileOf = (name: string): string =>
    path.resolve(make.place, generated.get(name) ?? plain.get(name) ?? name);
  const targetsOf = (names: Iterable<string>): string[] =>
    [...names].flatMap((name) => generated.get(name) ?? []);
  const contentsOf = async (names: readonly string[]): Promise<Buffer[]> => {
    const targets = targetsOf(names);
    if (targets.length > 0) await make.run(['-k', ...targets]);
    const files = await Promise.all(names.map((name) => readIfFile(fileOf(name))));
    return files.filter((it) => it !== undefined);
  };
  const hasScript = programs.some((it) => !generated.has(it));
  const included = hasScript ? await includedFiles(make, lists) : [];
  const needed = await neededBy(
    programs,
    new Set([...generated.keys(), ...plain.keys()]),
    async (names) => [...(await contentsOf(names)), ...included.splice(0)],
  );
  const isThere = async (name: string): Promise<boolean> => await exists(fileOf(name));
  const wanted = targetsOf(needed);
  for (const name of needed) {
    if (!generated.has(name) || (await isThere(name))) continue;
    // Once more by themselves: only their own faults are in the log then.
    if ((await make.run(wanted)).exitCode !== 0) await fail();
  }
  if (whole) await make.run(['-k', ...generated.values()]);
  const there = new Set<string>();
  const unbuilt: string[] = [];
  for (const name of generated.keys()) {
    if (!whole && !needed.has(name)) continue;
    if (await isThere(name)) there.add(name);
    else unbuilt.push(name);
  }
  const words = generatedLists.map(
    (list) => `${list}=${lists[list].filter((it) => there.has(path.basename(it))).join(' ')}`,
  );
  const scripts = lists.TEST_PROGS.filter((it) => whole || needed.has(path.basename(it)));
  const installed = await make.install(root, [
    ...words,
    `TEST_PROGS=${scripts.join(' ')}`,
    'TEST_GEN_MODS_DIR=',
  ]);
  if (installed.exitCode !== 0) await fail();
  return unbuilt;
}

/** Scripts of other folders that come along with any script, and may name files of this one. */
async function includedFiles(make: TestsMake, { TEST_INCLUDES }: Lists): Promise<Buffer[]> {
  const files = await Promise.all(
    TEST_INCLUDES.map((it) => readIfFile(path.resolve(make.place, it))),
  );
  return files.filter((it) => it !== undefined);
}

async function readIfFile(file: string): Promise<Buffer | undefined> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'EISDIR') return undefined;
    throw error;
  });
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
