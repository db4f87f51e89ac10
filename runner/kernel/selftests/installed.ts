// SPDX-License-Identifier: MIT
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { isElf, isStatic } from '../../host/elf.ts';
import { neededBy } from './mentions.ts';

/** A file of an installed collection. */
export interface InstalledFile {
  /** Below the root of what is installed. */
  name: string;
  file: string;
  mode: number;
}

/** How a test is started: as the kernel's runner.sh does it. */
export interface TestCommand {
  /** Words, with paths below the root of what is installed: first the program. */
  program: string;
  args: readonly string[];
}

/** Everything that is installed below a root. */
export async function installedFiles(root: string): Promise<InstalledFile[]> {
  const names = (await readdir(root, { recursive: true })).toSorted();
  const found = await Promise.all(
    names.map(async (name) => {
      const file = path.join(root, name);
      const info = await stat(file);
      return info.isFile() ? [{ name, file, mode: info.mode & 0o777 }] : [];
    }),
  );
  return found.flat();
}

/** Of these files those that a program of theirs needs: what it names, itself first. */
export async function filesOf(
  program: string,
  files: readonly InstalledFile[],
): Promise<InstalledFile[]> {
  const byName = Map.groupBy(files, ({ name }) => path.basename(name));
  const own = files.filter(({ name }) => name === program);
  const needed = await neededBy([path.basename(program)], new Set(byName.keys()), async (names) =>
    Promise.all(names.flatMap((name) => byName.get(name) ?? []).map(({ file }) => readFile(file))),
  );
  needed.delete(path.basename(program));
  return [...own, ...[...needed].flatMap((name) => byName.get(name) ?? [])];
}

/**
 * How a test is started. What is not executable goes to the ksft_runner.sh of its folder, else to
 * the interpreter that its first line names.
 */
export async function commandOf(
  program: string,
  files: readonly InstalledFile[],
): Promise<TestCommand> {
  const isExecutable = (name: string): boolean =>
    files.some((it) => it.name === name && (it.mode & 0o111) !== 0);
  if (isExecutable(program)) return { program, args: [] };
  const folder = path.dirname(program);
  const local = `./${path.basename(program)}`;
  const runner = path.join(folder, 'ksft_runner.sh');
  if (isExecutable(runner)) return { program: runner, args: [local] };
  const own = files.find((it) => it.name === program);
  const line = own === undefined ? undefined : firstLine(await readFile(own.file));
  const [interpreter, ...args] = line?.split(/\s+/) ?? [];
  return interpreter === undefined || interpreter === ''
    ? { program, args: [] }
    : { program: interpreter, args: [...args, local] };
}

/** What a file needs that a guest without the host's files does not have; undefined: nothing. */
export async function lacksOf(file: string): Promise<string | undefined> {
  const data = await readFile(file);
  if (isElf(data)) return isStatic(data) ? undefined : 'shared libraries';
  const line = firstLine(data);
  return line === undefined || line === '/bin/sh' || line.startsWith('/bin/sh ') ? undefined : line;
}

/** What stands behind `#!`. */
function firstLine(data: Buffer): string | undefined {
  const [line = ''] = data.toString('latin1', 0, 256).split('\n');
  return line.startsWith('#!') ? line.slice(2).trim() : undefined;
}
