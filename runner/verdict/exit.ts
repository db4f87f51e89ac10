// SPDX-License-Identifier: MIT
import { exitCodes } from '../errors.ts';
import type { RunRecord } from '../evidence/model.ts';
import { checkCompleteness, checkRecord, wasTried, type Findings } from './findings.ts';
import type { Verdict } from './model.ts';
import { partOf, viewCell } from './rows.ts';

/** The exit code that a verdict stands for; an interrupted run has its own. */
export function exitCodeOf(verdict: Verdict, interrupted = false): number {
  if (interrupted) return exitCodes.interrupted;
  switch (verdict.overall) {
    case 'proved':
      return exitCodes.proved;
    case 'not proved':
      return exitCodes.notProved;
    case 'no verdict':
      return exitCodes.noVerdict;
  }
}

/**
 * A shard has no verdict by itself, but it can have done all its work: then nothing is missing
 * but the other shards. What its evidence says, merging finds.
 */
export function isWholeShard(record: RunRecord): boolean {
  const { shard, ...work } = record;
  if (shard === undefined) return false;
  const findings: Findings = { missing: [], against: [], open: [] };
  checkRecord(work, findings);
  for (const cell of record.cells) {
    const view = viewCell(record, cell, []);
    for (const { name } of cell.candidates) {
      const part = partOf(view, name);
      if (wasTried(record, part, name, findings)) checkCompleteness(part, name, findings);
    }
  }
  return findings.missing.length === 0;
}
