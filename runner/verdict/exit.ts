// SPDX-License-Identifier: MIT
import { exitCodes } from '../errors.ts';
import type { RunRecord } from '../evidence/model.ts';
import type { Verdict } from './model.ts';

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
 * A shard has no verdict by itself, but it can have done all its work: nothing but the other
 * shards is missing. Its job is then done; merging finds what its evidence says.
 */
export function isWholeShard(record: RunRecord, verdict: Verdict): boolean {
  const reasons = Object.values(verdict.candidates).flatMap((it) => it.reasons);
  return record.shard !== undefined && new Set(reasons).size === 1;
}
