// SPDX-License-Identifier: MIT
import type { Boot, CellRecord, RunRecord, Splat } from '../evidence/model.ts';
import { fingerprint, sortSplats } from '../evidence/splats.ts';
import { timingKinds } from '../evidence/splat-patterns.ts';
import type { AllowedSplat } from '../evidence/splat-patterns.ts';
import { base } from '../proof/model.ts';
import { matchesGlob } from '../proof/glob.ts';
import type { Selection } from '../proof/model.ts';
import { isSelected, mayHold } from '../proof/select.ts';
import { changeOf } from './compare.ts';
import type { SideOutcome } from './compare.ts';
import type { Change, Verdict } from './model.ts';
import { cleanAttempts, hasReason, outcomeOf, sideOf, testNames } from './sides.ts';
import type { Side } from './sides.ts';

export type TestRow = Verdict['tests'][number];
export type DropRow = Verdict['drops'][number];

/** What all later judging reads: one cell, its sides, and its rows of the verdict. */
export interface CellView {
  cell: CellRecord;
  base: Side;
  candidates: ReadonlyMap<string, Side>;
  rows: readonly TestRow[];
  /** Program of each row; splats have none. */
  programs: ReadonlyMap<string, string>;
  /** Tests, or programs of unknown tests, that a selection leaves out. */
  leftOut: readonly string[];
}

/** Names of the rows that stand for splats begin with this; no collection is called so. */
export const consolePrefix = 'console:';

const titleColumns = 160;

export function viewCell(
  record: RunRecord,
  cell: CellRecord,
  allow: readonly AllowedSplat[],
): CellView {
  const baseSide = sideOf(record, cell, base, cell.programs);
  const known = testNames([baseSide]);
  const limits = new Map(
    cell.candidates.flatMap(({ name, tests }) =>
      tests === undefined ? [] : [[name, { filter: tests, exclude: [] }] as const],
    ),
  );
  const candidates = new Map(
    cell.candidates.map(({ name }) => {
      const asked = programsFor(limits.get(name), cell.programs, known);
      return [name, sideOf(record, cell, name, asked)] as const;
    }),
  );
  const sides = [baseSide, ...candidates.values()];
  const programs = testNames(sides);
  // A program that cannot be told to run only some of its tests runs them all; those of the others do not count.
  const leftOut = [...(cell.leftOut ?? [])];
  for (const [name, program] of programs) {
    if (name === program || cell.selection === undefined || isSelected(cell.selection, name))
      continue;
    programs.delete(name);
    leftOut.push(name);
  }
  const takesPart = (side: Side, name: string, program: string): boolean => {
    const limit = limits.get(side.variant);
    return (
      side.programs.includes(program) &&
      (limit === undefined || name === program || isSelected(limit, name))
    );
  };
  const rows = [...programs].map(([name, program]) =>
    rowOf(
      cell,
      name,
      sides.filter((side) => takesPart(side, name, program)),
      (side) => outcomeOf(side, name, program),
      program,
    ),
  );
  const counts = (splat: Splat): boolean =>
    sortSplats([splat], allow, record.startedAt.slice(0, 10)).counted.length > 0;
  const splats = splatRows(cell, sides, counts);
  return { cell, base: baseSide, candidates, rows: [...rows, ...splats], programs, leftOut };
}

/** The programs that hold one of a candidate's tests, as far as base has told them. */
function programsFor(
  limit: Selection | undefined,
  programs: readonly string[],
  known: ReadonlyMap<string, string>,
): readonly string[] {
  if (limit === undefined) return programs;
  return programs.filter((program) => {
    const names = [...known].flatMap(([name, it]) => (it === program && name !== it ? name : []));
    return (
      mayHold(limit, program) &&
      (names.length === 0 || names.some((name) => isSelected(limit, name)))
    );
  });
}

/** The part of a view that one candidate is judged by: where it has tests of its own, these. */
export function partOf(view: CellView, name: string): CellView {
  const side = view.candidates.get(name);
  if (view.cell.candidates.find((it) => it.name === name)?.tests === undefined) return view;
  const rows = view.rows.filter((row) => row.outcomes[name] !== undefined);
  const own = new Set(rows.map((row) => row.name));
  const programs = new Map([...view.programs].filter(([test]) => own.has(test)));
  const others = [...view.programs].flatMap(([test, program]) =>
    own.has(test) || test === program ? [] : [test],
  );
  const leftOut = [...view.leftOut, ...others];
  const asked = side?.programs ?? [];
  return {
    ...view,
    cell: { ...view.cell, programs: asked, leftOut },
    base: { ...view.base, lost: view.base.lost.filter((it) => asked.includes(it)) },
    rows,
    programs,
    leftOut,
  };
}

/** True for a program's own result where it also has leaves: it is about the run, not a test. */
export function isProgramRow(view: CellView, name: string): boolean {
  return (
    view.programs.get(name) === name &&
    [...view.programs].some(([other, program]) => program === name && other !== name)
  );
}

function rowOf(
  cell: CellRecord,
  name: string,
  sides: readonly Side[],
  outcome: (side: Side) => SideOutcome,
  program?: string,
): TestRow {
  const outcomes = Object.fromEntries(sides.map((side) => [side.variant, outcome(side)] as const));
  const without = outcomes[base] ?? 'absent';
  // What the host lost is no change: the patch may not be blamed for it, nor praised.
  const lost = (side: Side): boolean => program !== undefined && side.lost.includes(program);
  const baseLost = sides.some((side) => side.variant === base && lost(side));
  const change = Object.fromEntries(
    sides
      .filter((side) => side.variant !== base && hasRun(side))
      .map((side): [string, Change] => [
        side.variant,
        baseLost || lost(side) ? 'not run' : changeOf(without, outcomes[side.variant] ?? 'absent'),
      ]),
  );
  return { name, kernel: cell.kernel, profile: cell.profile, outcomes, change };
}

function hasRun(side: Side): boolean {
  return side.boots.length > 0 || side.attempts.length > 0;
}

/**
 * A row for each finding on a console. It is looked for in all boots of the other side, whatever
 * test was in flight there: a WARN_ONCE fires once a boot, and in which test depends on the order.
 */
function splatRows(
  cell: CellRecord,
  sides: readonly Side[],
  counts: (splat: Splat) => boolean,
): TestRow[] {
  const names = new Map<string, { name: string; timing: boolean; test: string | null }>();
  const seen = new Map(sides.map((side) => [side, new Map<string, number>()] as const));
  for (const side of sides) {
    for (const boot of side.boots) {
      const findings = [...boot.splats.filter(counts), ...deaths(boot)];
      const prints = new Set<string>();
      for (const splat of findings) {
        const print = fingerprint(splat);
        prints.add(print);
        if (names.has(print)) continue;
        const place = `${consolePrefix}${splat.test ?? 'boot'}`;
        names.set(print, {
          name: `${place}/${splat.title.slice(0, titleColumns)}`,
          timing: timingKinds.has(splat.kind),
          test: splat.test,
        });
      }
      const own = seen.get(side);
      for (const print of prints) own?.set(print, (own.get(print) ?? 0) + 1);
    }
  }
  // Where its test is not run, its absence says nothing.
  const mayShow = (side: Side, print: string, test: string | null): boolean =>
    test === null || side.programs.includes(test) || seen.get(side)?.has(print) === true;
  return [...names].map(([print, { name, timing, test }]) => {
    const concerned = sides.filter((side) => mayShow(side, print, test));
    return rowOf(cell, name, concerned, (side) => {
      if (!hasRun(side)) return 'notRun';
      const times = seen.get(side)?.get(print) ?? 0;
      if (times === 0) return 'pass';
      return timing && times < side.boots.length ? 'flaky' : 'fail';
    });
  });
}

/** A guest that died under a test, and whose console does not say so, is a finding all the same. */
function deaths(boot: Boot): Splat[] {
  if (boot.release === null || boot.splats.some(({ kind }) => kind === 'panic')) return [];
  const death = { lines: [], test: null };
  if (boot.end.kind === 'panic')
    return [{ ...death, kind: 'reset', title: 'The guest reset or switched itself off' }];
  if (boot.end.kind === 'timeout')
    return [{ ...death, kind: 'hung-task', title: 'The guest hung and had to be killed' }];
  return [];
}

/** Drop counts of one cell: every reason that was counted somewhere, and those that the proof asks for. */
export function dropRows(record: RunRecord, view: CellView): DropRow[] {
  const sides = [view.base, ...view.candidates.values()];
  const expected = (record.proof?.expectations ?? []).filter((it) => it.kind === 'drops');
  return view.cell.programs.flatMap((program) => {
    const asked = sides.filter((side) => side.programs.includes(program));
    const counted = asked.map((side) => ({
      side,
      drops: cleanAttempts(side, program).at(-1)?.drops ?? null,
    }));
    const reasons = new Set([
      ...counted.flatMap(({ drops }) =>
        Object.entries(drops ?? {})
          .filter(([, n]) => n > 0)
          .map(([it]) => it),
      ),
      ...expected.filter((it) => matchesGlob(it.match, program)).map((it) => it.reason),
    ]);
    return [...reasons].toSorted().map((reason): DropRow => ({
      test: program,
      kernel: view.cell.kernel,
      profile: view.cell.profile,
      reason,
      counts: Object.fromEntries(
        counted.map(({ side, drops }) => [side.variant, countOf(side, drops, reason)]),
      ),
    }));
  });
}

function countOf(
  side: Side,
  drops: Readonly<Record<string, number>> | null,
  reason: string,
): number | null {
  if (drops === null) return null;
  // Subsystem and unknown reasons are in no table; that they were counted shows that they exist.
  return drops[reason] ?? (hasReason(side, reason) === true || /^[a-z]/.test(reason) ? 0 : null);
}
