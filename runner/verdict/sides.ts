// SPDX-License-Identifier: MIT
import type { Attempt, Boot, CellRecord, RunRecord } from '../evidence/model.ts';
import type { Outcome } from '../evidence/ktap/index.ts';
import { isFail, settle } from './compare.ts';
import type { SideOutcome } from './compare.ts';

/** Ends of a boot that the guest is to blame for. Every other early end is the host's. */
const guestEnds: ReadonlySet<string> = new Set(['panic', 'timeout']);

/** What the record holds of one variant of one cell. */
export interface Side {
  variant: string;
  boots: readonly Boot[];
  /** Attempts that say something about the kernel: a VM that the host lost does not. */
  attempts: readonly Attempt[];
  /** Programs that are run on it. */
  programs: readonly string[];
  /** Programs of which nothing is known, through no fault of the kernel. */
  lost: readonly string[];
}

export function sideOf(
  record: RunRecord,
  cell: CellRecord,
  variant: string,
  programs: readonly string[],
): Side {
  const boots = ownOf(record.boots, cell).filter((it) => it.variant === variant);
  const died = boots.filter((it) => guestEnds.has(it.end.kind));
  const attempts = ownOf(record.attempts, cell).filter(
    (it) =>
      it.variant === variant && (it.exit !== null || died.some((boot) => boot.boot === it.boot)),
  );
  // A guest that died may have taken with it the programs that stood in line.
  const lost =
    died.length > 0
      ? []
      : programs.filter((program) => !attempts.some((it) => it.program === program));
  return { variant, boots, attempts, programs, lost };
}

/** A record of many cells is gone through once for all of them, and anew when it has grown. */
const byCell = new WeakMap<object, { length: number; cells: Map<string, unknown[]> }>();

function ownOf<T extends { cell: string }>(all: readonly T[], cell: CellRecord): readonly T[] {
  let known = byCell.get(all);
  if (known?.length !== all.length) {
    known = { length: all.length, cells: Map.groupBy(all, (it) => it.cell) };
    byCell.set(all, known);
  }
  return (known.cells.get(cell.id) ?? []) as T[];
}

/** Name to program of every result of these sides; programs that spoke for themselves are among them. */
export function testNames(sides: readonly Side[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const { attempts } of sides) {
    for (const { program, results } of attempts) {
      for (const { name } of results) names.set(name, program);
    }
  }
  return names;
}

/** What a side says of a test, from all its attempts. */
export function outcomeOf(side: Side, name: string, program: string): SideOutcome {
  const attempts = side.attempts.filter((it) => it.program === program);
  const outcomes: Outcome[] = attempts.flatMap((attempt) => {
    const found = attempt.results.filter((it) => it.name === name).map((it) => it.outcome);
    // A program has a result of its own only where something is wrong with it, or it printed none else.
    const silent = name === program && found.length === 0 && attempt.results.length > 0;
    return silent ? ['pass'] : found;
  });
  const settled = settle(outcomes);
  if (settled !== undefined) return settled;
  const whole = attempts.some(
    (it) =>
      it.exit !== null &&
      !it.results.some((result) => result.name === program && isFail(result.outcome)),
  );
  return whole ? 'absent' : 'notRun';
}

/** The attempts of a program in which nothing failed, else all: a failed test may not have counted to its end. */
export function cleanAttempts(side: Side, program: string): Attempt[] {
  const own = side.attempts.filter((it) => it.program === program);
  const clean = own.filter(
    (it) => it.exit !== null && !it.results.some((result) => isFail(result.outcome)),
  );
  return clean.length > 0 ? clean : own;
}

/** Whether a kernel has a drop reason; undefined where its table could not be read. */
export function hasReason(side: Side, reason: string): boolean | undefined {
  const tables = side.boots.flatMap((it) => (it.reasons === null ? [] : [it.reasons]));
  return tables.length === 0 ? undefined : tables.some((it) => it.includes(reason));
}
