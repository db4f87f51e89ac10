// SPDX-License-Identifier: MIT
import type { RunRecord } from '../evidence/model.ts';
import { allowedSplats } from '../evidence/splat-patterns.ts';
import type { AllowedSplat } from '../evidence/splat-patterns.ts';
import { judgeCandidate } from './candidate.ts';
import type { Overall, Verdict } from './model.ts';
import { dropRows, viewCell } from './rows.ts';

/** How to judge. */
export interface JudgeOptions {
  /** Known harm counts as broken. */
  strict: boolean;
  /** Console findings that do not count; those of splat-patterns.ts unless given. */
  allow?: readonly AllowedSplat[];
}

/**
 * What the evidence says, for each candidate. A verdict needs evidence: whatever is missing for
 * a reason other than the patch leaves no verdict, never a pass and never a fail.
 */
export function judge(record: RunRecord, options: JudgeOptions): Verdict {
  const views = record.cells.map((cell) => viewCell(record, cell, options.allow ?? allowedSplats));
  // Before its first cell is planned a run does not know its candidates: then one stands for all.
  const known = [...new Set(record.cells.flatMap((it) => it.candidates.map(({ name }) => name)))];
  const names = known.length > 0 ? known : ['patched'];
  const candidates = Object.fromEntries(
    names.map((name) => [name, judgeCandidate(record, views, name, options.strict)] as const),
  );
  return {
    version: 1,
    overall: best(Object.values(candidates).map((it) => it.overall)),
    candidates,
    tests: views.flatMap((it) => it.rows),
    drops: views.flatMap((it) => dropRows(record, it)),
  };
}

/** The best candidate's word. One that could not be judged may yet be proved: it stands above `not proved`. */
function best(all: readonly Overall[]): Overall {
  const order: readonly Overall[] = ['proved', 'no verdict', 'not proved'];
  return order.find((it) => all.includes(it)) ?? 'no verdict';
}
