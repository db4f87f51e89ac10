// SPDX-License-Identifier: MIT
import type { Target } from '../patch/mail/model.ts';
import { parseMaintainers, sectionsOf } from './maintainers.ts';
import { nearTable } from './table.ts';

const root = 'tools/testing/selftests/';
const mostTargets = 8;

/**
 * The kernel's own selftests near to files that a patch changes, the nearest first: `net/tcp_ao`
 * for a folder, `net:tls` for one program of it. Those that the patch changes itself, those that
 * share its files' first word, those of its files' sections in MAINTAINERS, and what the table
 * knows; all of them as the tree's Makefiles have them.
 *
 * @param read a file of the tree by lines; without a tree only the table is asked
 */
export function nearTargets(files: readonly string[], read?: Target): string[] {
  const fromTable = tableTargets(files);
  if (read === undefined) return ranked([...ownFolders(files), ...fromTable]);
  const folders = new Set(words(read(`${root}Makefile`), /^TARGETS$/));
  const programs = (folder: string): string[] =>
    words(read(`${root}${folder}/Makefile`), /^TEST_(?:GEN_|CUSTOM_)?PROGS$/);
  const own = files.filter((it) => it.startsWith(root)).map((it) => it.slice(root.length));
  const others = files.filter((it) => !it.startsWith(root));
  const sections = sectionsOf(parseMaintainers(read('MAINTAINERS') ?? []), others);
  const maintained = sections.flatMap((it) =>
    it.files.filter((file) => file.startsWith(root)).map((file) => file.slice(root.length)),
  );
  const found = [
    ...own.flatMap((it) => targetsAt(it, folders, programs)),
    ...others.flatMap((it) => akin(it, folders, programs)),
    ...maintained.flatMap((it) => targetsAt(it, folders, programs)),
    ...fromTable.filter((it) => exists(it, folders, programs)),
  ];
  return ranked(found);
}

/** Each once, and behind the others what holds one of them. */
function ranked(found: readonly string[]): string[] {
  const all = [...new Set(found)];
  const isWide = (it: string): boolean =>
    all.some((other) => other.startsWith(`${it}/`) || other.startsWith(`${it}:`));
  return [...all.filter((it) => !isWide(it)), ...all.filter(isWide)].slice(0, mostTargets);
}

function tableTargets(files: readonly string[]): string[] {
  const fitting = nearTable
    .filter(([start]) => files.some((file) => file.startsWith(start)))
    .toSorted(([a], [b]) => b.length - a.length);
  return fitting.flatMap(([, ...targets]) => targets);
}

/** Folders of the tests that a patch changes. */
function ownFolders(files: readonly string[]): string[] {
  return files
    .filter((it) => it.startsWith(root))
    .map((it) => it.slice(root.length).replace(/\/[^/]*$/, ''));
}

type Programs = (folder: string) => string[];

function exists(target: string, folders: ReadonlySet<string>, programs: Programs): boolean {
  const [folder = '', program] = target.split(':');
  return folders.has(folder) && (program === undefined || programs(folder).includes(program));
}

/** What a path or pattern below the selftests stands for: the folder, or programs of it. */
function targetsAt(place: string, folders: ReadonlySet<string>, programs: Programs): string[] {
  const whole = place.replace(/\/\*?$/, '');
  if (folders.has(whole)) return [whole];
  const [, folder = '', name = ''] = /^(.+)\/([^/]+)$/.exec(whole) ?? [];
  if (!folders.has(folder)) return [];
  const stem = name.replace(/\.[ch]$/, '');
  const [start = '', ...more] = stem.split('*');
  const end = more.at(-1) ?? '';
  const fitting = programs(folder)
    .filter((it) =>
      more.length === 0
        ? it === stem
        : it.startsWith(start) && it.replace(/\.\w+$/, '').endsWith(end),
    )
    .map((it) => `${folder}:${it}`);
  // A helper or the config of the folder may matter to all of it.
  return fitting.length === 0 ? [folder] : fitting;
}

/** Tests that begin with the first word of a file's name: `tcp` of net/ipv4/tcp_input.c. */
function akin(file: string, folders: ReadonlySet<string>, programs: Programs): string[] {
  const parts = file.split('/');
  const word = /^[a-z0-9]{3,}/.exec(parts.at(-1) ?? '')?.[0];
  if (word === undefined) return [];
  const begins = new RegExp(`^${word}(?:[_.-]|$)`);
  const subsystems = [...folders].filter((it) => parts.slice(0, -1).includes(it));
  return subsystems.flatMap((subsystem) => [
    ...[...folders].filter(
      (it) => it.startsWith(`${subsystem}/`) && begins.test(it.slice(subsystem.length + 1)),
    ),
    ...programs(subsystem)
      .filter((it) => begins.test(it))
      .map((it) => `${subsystem}:${it}`),
  ]);
}

/** The words that a Makefile gives to variables of these names; what make would have to expand is left out. */
function words(lines: readonly string[] | undefined, names: RegExp): string[] {
  const text = (lines ?? []).join('\n').replaceAll('\\\n', ' ');
  return [...text.matchAll(/^(\w+)[ \t]*[:+?]?=[ \t]*(.*)$/gm)]
    .filter(([, name = '']) => names.test(name))
    .flatMap(([, , value = '']) => value.replace(/#.*/, '').split(/\s+/))
    .filter((it) => it !== '' && !it.includes('$'));
}
