// SPDX-License-Identifier: MIT
import { PatchproofError } from '../errors.ts';
import { matchesGlob } from './glob.ts';
import type { Selection } from './model.ts';
import { nearest } from './nearest.ts';

const shownNames = 12;

/** Something that can be selected: a program, and its tests where it tells them beforehand. */
export interface Selectable {
  /** `collection:program`. */
  program: string;
  /** `collection:program/test`; null when only a run of the program can tell. */
  tests: readonly string[] | null;
}

/** True when nothing is left out. */
export function selectsAll({ filter, exclude }: Selection): boolean {
  return filter.length === 0 && exclude.length === 0;
}

/** Whether a test, or a program as a whole, is selected. A glob that fits a program fits all its tests. */
export function isSelected({ filter, exclude }: Selection, name: string): boolean {
  return (
    (filter.length === 0 || filter.some((glob) => covers(glob, name))) &&
    !exclude.some((glob) => covers(glob, name))
  );
}

/** Whether an expectation's glob speaks of something that was left out; of a program only its name may be known. */
export function speaksOf(match: string, leftOut: string): boolean {
  return (
    matchesGlob(match, leftOut) ||
    (programOf(leftOut) === leftOut && fits(programOf(match), leftOut))
  );
}

/**
 * What a selection makes of the programs at hand: those to run, each with the tests to run of
 * it (null: as it is), and the tests that are left out (or the program, where they are not
 * known). `filterIs` is what errors call a filter. Throws usage `no-such-test` for a glob
 * that matches nothing, and when nothing is left.
 */
export function selectTests(
  selection: Selection,
  known: readonly Selectable[],
  filterIs = '--filter',
): { run: Selectable[]; leftOut: string[] } {
  for (const glob of selection.filter) checkMatches(filterIs, glob, known);
  for (const glob of selection.exclude) checkMatches('--exclude', glob, known);
  const { run, leftOut } = cutTests(selection, known);
  if (run.length > 0) return { run, leftOut };
  throw noSuchTest('--filter and --exclude leave no test.', known, 'Loosen one of them');
}

/** The same without a complaint where nothing is left. */
export function cutTests(
  selection: Selection,
  known: readonly Selectable[],
): { run: Selectable[]; leftOut: string[] } {
  const run: Selectable[] = [];
  const leftOut: string[] = [];
  for (const { program, tests } of known) {
    if (tests === null) {
      if (mayHold(selection, program)) run.push({ program, tests });
      else leftOut.push(program);
      continue;
    }
    const wanted = tests.filter((it) => isSelected(selection, it));
    if (wanted.length > 0)
      run.push({ program, tests: wanted.length === tests.length ? null : wanted });
    leftOut.push(...tests.filter((it) => !wanted.includes(it)));
  }
  return { run, leftOut };
}

/** Whether a program that does not tell its tests is run: one of them may be selected. */
export function mayHold({ filter, exclude }: Selection, program: string): boolean {
  return (
    (filter.length === 0 ||
      filter.some((it) => covers(it, program) || fits(programOf(it), program))) &&
    !exclude.some((it) => covers(it, program))
  );
}

function covers(glob: string, name: string): boolean {
  return fits(glob, name) || fits(glob, programOf(name));
}

/** A glob without a colon leaves the collection open. */
function fits(glob: string, name: string): boolean {
  if (matchesGlob(glob, name)) return true;
  return !glob.includes(':') && matchesGlob(glob, name.slice(name.indexOf(':') + 1));
}

/** The program of a name; only behind the colon a slash ends it, as in `net/tcp_ao:rst_ipv4/test`. */
export function programOf(name: string): string {
  const slash = name.indexOf('/', name.indexOf(':') + 1);
  return slash < 0 ? name : name.slice(0, slash);
}

function checkMatches(option: string, glob: string, known: readonly Selectable[]): void {
  const hit = known.some(({ program, tests }) =>
    tests === null
      ? covers(glob, program) || fits(programOf(glob), program)
      : covers(glob, program) || tests.some((it) => covers(glob, it)),
  );
  if (hit) return;
  const names = namesOf(known);
  const bare = (name: string): string =>
    glob.includes(':') ? name : name.slice(name.indexOf(':') + 1);
  const closest = nearest(glob, names.map(bare));
  const near = names.find((name) => bare(name) === closest);
  const remedy =
    near === undefined ? 'Give a glob that matches one of them' : `Did you mean ${near}?`;
  throw noSuchTest(`${option} ${glob} matches no test.`, known, remedy);
}

function noSuchTest(
  message: string,
  known: readonly Selectable[],
  advice: string,
): PatchproofError {
  const names = namesOf(known);
  const more = names.length - shownNames;
  return new PatchproofError({
    kind: 'usage',
    code: 'no-such-test',
    message,
    evidence: [...names.slice(0, shownNames), ...(more > 0 ? [`... and ${more} more`] : [])],
    remedy: `${advice}${advice.endsWith('?') ? ' All names:' : '; all names:'} patchproof run --list-tests`,
  });
}

/** Every name that a glob may match. */
export function namesOf(known: readonly Selectable[]): string[] {
  return known.flatMap(({ program, tests }) => [program, ...(tests ?? [])]);
}
