// SPDX-License-Identifier: MIT
import { exitCodes } from '../errors.ts';
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
