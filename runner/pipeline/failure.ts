// SPDX-License-Identifier: MIT
import { PatchproofError } from '../errors.ts';
import type { RunEventBody, StageContext } from '../events.ts';
import type { VariantFailure } from '../evidence/model.ts';

/**
 * Turns an expected failure into the event that judging reads. An interruption and a wrong
 * use of the command end the run, and a bug of ours is not evidence: those are thrown on.
 */
export function failureOf(
  error: unknown,
  context: StageContext,
  variant: string,
  stage: VariantFailure['stage'],
  times: number,
  throwUsage = true,
): RunEventBody {
  const expected =
    error instanceof PatchproofError &&
    (error.kind === 'infrastructure' || (error.kind === 'usage' && !throwUsage));
  if (!expected) throw error;
  return {
    type: 'variant-failed',
    failure: {
      cell: context.cell,
      variant,
      stage,
      code: error.code,
      message: error.message,
      evidence: error.evidence,
      remedy: error.remedy,
      ...(error.log === undefined ? {} : { log: error.log }),
      times,
    },
  };
}
