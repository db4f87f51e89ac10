// SPDX-License-Identifier: MIT
import type { CellRecord, RunRecord } from '../evidence/model.ts';
import { base } from '../proof/model.ts';
import { harmful } from '../verdict/compare.ts';
import type { Change, Verdict } from '../verdict/model.ts';
import { consolePrefix } from '../verdict/rows.ts';
import { failureText, order, outcomeWord } from './words.ts';

/** A test, or a finding on the console, that a candidate made worse. */
export interface Harm {
  test: string;
  kernel: string;
  profile: string;
  change: Change;
  without: string;
  withPatch: string;
  /** The test's own words, if it had any. */
  said: string | null;
  /** Why the proof file accepts it; null where it does not. */
  known: string | null;
  isSplat: boolean;
}

/** Everything that a candidate broke, worst first; what is known and accepted comes last. */
export function harmOf(record: RunRecord, verdict: Verdict, name: string): Harm[] {
  const known = new Map(
    verdict.candidates[name]?.knownHarm.map(({ test, reason }) => [test, reason] as const),
  );
  return verdict.tests
    .flatMap((row): Harm[] => {
      const change = row.change[name];
      if (change === undefined || !harmful.has(change)) return [];
      const { kernel, profile } = row;
      const cell = record.cells.find((it) => it.kernel === kernel && it.profile === profile);
      return [
        {
          test: row.name,
          kernel,
          profile,
          change,
          without: outcomeWord(row, base),
          withPatch: outcomeWord(row, name),
          said: cell === undefined ? null : saidBy(record, cell, name, row.name),
          known: known.get(row.name) ?? null,
          isSplat: row.name.startsWith(consolePrefix),
        },
      ];
    })
    .toSorted(
      (a, b) =>
        Number(a.known !== null) - Number(b.known !== null) ||
        order.indexOf(a.change) - order.indexOf(b.change),
    );
}

/** What a failed test said of itself on one side, in its first attempt that said anything. */
export function saidBy(
  record: RunRecord,
  cell: CellRecord,
  variant: string,
  test: string,
): string | null {
  for (const diagnostics of diagnosticsOf(record, cell, variant, test)) {
    const text = failureText(diagnostics);
    if (text !== null) return text;
  }
  return null;
}

/** The log lines of each attempt of one test on one side. */
export function diagnosticsOf(
  record: RunRecord,
  cell: CellRecord,
  variant: string,
  test: string,
): (readonly string[])[] {
  return record.attempts
    .filter((it) => it.cell === cell.id && it.variant === variant)
    .flatMap((it) => it.results)
    .filter((it) => it.name === test)
    .map((it) => it.diagnostics);
}

/**
 * A patch may be recommended: it is proved by the whole suite and does no harm that somebody had
 * to accept. A candidate that changes no kernel is no patch, and a run about mutants is about the tests.
 */
export function earnsTestedBy(record: RunRecord, verdict: Verdict, name: string): boolean {
  const candidate = verdict.candidates[name];
  const whole = record.cells.every(
    (cell) =>
      cell.selection === undefined &&
      cell.candidates.some((it) => it.name === name && it.hash !== ''),
  );
  return (
    candidate?.overall === 'proved' &&
    candidate.knownHarm.length === 0 &&
    whole &&
    verdict.mutants === undefined
  );
}
