// SPDX-License-Identifier: MIT
import { PatchproofError } from '../errors.ts';
import type { VariantFailure } from '../evidence/model.ts';
import { formatError } from './error.ts';

/** The failures of a run as the paragraphs that a person reads below the verdict. */
export function formatFailures(failures: readonly VariantFailure[]): string {
  return failures
    .map((failure) => {
      const error = new PatchproofError({
        kind: 'infrastructure',
        code: failure.code,
        message: `${failure.cell}, ${failure.variant}: ${failure.message}`,
        evidence: [...failure.evidence],
        remedy: failure.remedy,
        ...(failure.log === undefined ? {} : { log: failure.log }),
      });
      return `${formatError(error)}\n`;
    })
    .join('');
}
