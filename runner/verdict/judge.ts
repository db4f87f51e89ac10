// SPDX-License-Identifier: MIT
import type { RunRecord } from '../evidence/model.ts';
import { allowedSplats } from '../evidence/splat-patterns.ts';
import type { AllowedSplat } from '../evidence/splat-patterns.ts';
import { judgeCandidate } from './candidate.ts';
import type { CandidateVerdict, Overall, Verdict } from './model.ts';
import { judgeMutants, overallOf } from './mutants.ts';
import { rankCandidates } from './rank.ts';
import { dropRows, viewCell } from './rows.ts';

/** How to judge. */
export interface JudgeOptions {
  /** Known harm counts as broken. */
  strict: boolean;
  /** Console findings that do not count; those of splat-patterns.ts unless given. */
  allow?: readonly AllowedSplat[];
}

/**
 * What the evidence says, for each candidate, the best one first. A verdict needs evidence: whatever is missing for
 * a reason other than the patch leaves no verdict, never a pass and never a fail.
 */
export function judge(record: RunRecord, options: JudgeOptions): Verdict {
  const views = record.cells.map((cell) => viewCell(record, cell, options.allow ?? allowedSplats));
  // Before its first cell is planned a run does not know its candidates: then one stands for all.
  const known = [...new Set(record.cells.flatMap((it) => it.candidates.map(({ name }) => name)))];
  const names = known.length > 0 ? known : ['patched'];
  const judged = Object.fromEntries(
    names.map((name) => [name, judgeCandidate(record, views, name, options.strict)] as const),
  );
  const tests = views.flatMap((it) => it.rows);
  const candidates = Object.fromEntries(
    rankCandidates({ candidates: judged, tests }).map(({ name }) => [
      name,
      judged[name] as CandidateVerdict,
    ]),
  );
  const mutants = judgeMutants(record, options.allow ?? allowedSplats);
  const all = Object.values(candidates);
  return {
    version: 1,
    overall: mutants === undefined ? best(all.map((it) => it.overall)) : overallOf(mutants, all),
    candidates,
    ...(mutants === undefined ? {} : { mutants }),
    tests,
    drops: views.flatMap((it) => dropRows(record, it)),
  };
}

/** The best candidate's word. One that could not be judged may yet be proved: it stands above `not proved`. */
function best(all: readonly Overall[]): Overall {
  const order: readonly Overall[] = ['proved', 'no verdict', 'not proved'];
  return order.find((it) => all.includes(it)) ?? 'no verdict';
}
