// SPDX-License-Identifier: MIT
import type { Attempt, CellRecord } from '../evidence/model.ts';
import { matchesGlob } from '../proof/glob.ts';
import { programOf } from '../proof/select.ts';
import type { DropExpectation } from '../proof/model.ts';
import type { Answer } from './expectations.ts';
import { cleanAttempts, hasReason } from './sides.ts';
import type { Side } from './sides.ts';

/** A cell's two sides, as a drop expectation sees them. */
export interface DropSides {
  cell: CellRecord;
  base: Side;
  candidate: Side;
}

type Wanted = NonNullable<DropExpectation['candidate']>;

/** One finding: what was counted, and whether that is what was wanted. */
interface Count {
  text: string;
  state: 'met' | 'not met' | 'undecided';
  /** Base's count: where it is not as wanted, that is not the patch's doing. */
  onBase?: boolean;
  /** What the tests counted themselves, for `counter:`. */
  own?: number;
}

/** Judges a drop expectation: every program that matches, every attempt that ran to its end. */
export function judgeDrops(expectation: DropExpectation, cells: readonly DropSides[]): Answer {
  const counts: Count[] = [];
  // A program of which not all tests were run may not have come to what is counted.
  const partial = new Set(cells.flatMap(({ cell }) => (cell.leftOut ?? []).map(programOf)));
  let programCount = 0;
  for (const { cell, base, candidate } of cells) {
    const programs = cell.programs.filter((it) => matchesGlob(expectation.match, it));
    programCount += programs.length;
    for (const [side, wanted] of [
      [base, expectation.base],
      [candidate, expectation.candidate],
    ] as const) {
      if (wanted === undefined) continue;
      const onBase = side === base;
      const push = (found: Count): number => counts.push({ ...found, onBase });
      if (wanted === 'absent') push(judgeAbsent(side, expectation.reason));
      else
        for (const program of programs) {
          const found = judgeProgram(side, program, wanted, expectation.reason);
          const open = wanted === 'some' && partial.has(program);
          for (const it of found) if (!open || it.state !== 'not met') push(it);
        }
    }
  }
  const wantsCounter = expectation.candidate?.startsWith('counter:') === true;
  const own = counts.reduce((sum, it) => sum + (it.own ?? 0), 0);
  const mayBeLeftOut = [...partial].some((it) => matchesGlob(expectation.match, it));
  const notMet = counts.find((it) => it.state === 'not met' && it.onBase !== true);
  const undecided = counts.find((it) => it.state !== 'met' && it !== notMet);
  const leftOut = { met: false, detail: 'left out', leftOut: true };
  if (programCount === 0 && mayBeLeftOut) return leftOut;
  if (notMet !== undefined) return { met: false, detail: notMet.text };
  if (undecided !== undefined) {
    return {
      met: false,
      detail: undecided.text,
      undecided: `${expectation.text}: ${undecided.text}.`,
    };
  }
  if (mayBeLeftOut && (counts.length === 0 || (wantsCounter && own === 0))) return leftOut;
  if (counts.length === 0) {
    const detail = `no program matches "${expectation.match}"`;
    return { met: false, detail, undecided: `${expectation.text}: ${detail}.` };
  }
  if (wantsCounter && own === 0) {
    return { met: false, detail: `no test counted any itself, so there is nothing to compare` };
  }
  return { met: true, detail: wantsCounter ? `${own} counted, ${own} expected` : 'as expected' };
}

function judgeAbsent(side: Side, reason: string): Count {
  const has = hasReason(side, reason);
  if (has === undefined) {
    return { state: 'undecided', text: `the drop reasons of ${side.variant} could not be read` };
  }
  const text = `${side.variant} ${has ? 'has' : 'has not'} ${reason}`;
  return { state: has ? 'not met' : 'met', text };
}

function judgeProgram(side: Side, program: string, wanted: Wanted, reason: string): Count[] {
  const place = `${program} on ${side.variant}`;
  if (hasReason(side, reason) === false) {
    return [{ state: 'not met', text: `${side.variant} has no drop reason ${reason}` }];
  }
  const attempts = cleanAttempts(side, program);
  if (attempts.length === 0) return [{ state: 'not met', text: `${place} did not run` }];
  return attempts.map((it) => judgeAttempt(it, place, wanted, reason));
}

function judgeAttempt(attempt: Attempt, place: string, wanted: Wanted, reason: string): Count {
  if (attempt.exit === null) return { state: 'not met', text: `${place} was cut off` };
  if (attempt.drops === null) {
    return { state: 'undecided', text: `${place}: drops could not be counted` };
  }
  if (attempt.dropsLost !== 0) {
    const lost = attempt.dropsLost ?? 'an unknown number of';
    return { state: 'undecided', text: `${place}: the kernel lost ${lost} drop events` };
  }
  const count = attempt.drops[reason] ?? 0;
  const verdict = (met: boolean, expected: string, own?: number): Count => ({
    state: met ? 'met' : 'not met',
    text: `${place}: ${count} ${reason} counted, ${expected} expected`,
    ...(own === undefined ? {} : { own }),
  });
  switch (wanted) {
    case 'absent':
    case 'zero':
      return verdict(count === 0, 'none');
    case 'some':
      return verdict(count > 0, 'some');
    default: {
      const name = wanted.slice('counter:'.length);
      const values = attempt.results.flatMap((it) => it.counters[name] ?? []);
      const word = values.find((it) => typeof it === 'string');
      if (word !== undefined) {
        return { state: 'undecided', text: `${place}: its own counter ${name} is ${word}` };
      }
      const own = values.reduce<number>((sum, it) => sum + Number(it), 0);
      return verdict(count === own, `${own}`, own);
    }
  }
}
