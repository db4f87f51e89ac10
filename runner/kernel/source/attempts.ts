// SPDX-License-Identifier: MIT
import { PatchproofError } from '../../errors.ts';

/** A place where a kernel was looked for in vain. */
export interface Attempted {
  /** Where, e.g. `kernel.org`. */
  tried: string;
  /** `unreachable` says nothing about whether the kernel exists. */
  outcome: 'not found' | 'unreachable';
  detail: string;
}

/** Usage error (exit 2) when some place could say no, infrastructure (exit 69) when none could be asked. */
export function kernelNotFound(spec: string, attempts: readonly Attempted[]): PatchproofError {
  const evidence = attempts.map(({ tried, outcome, detail }) => `${tried}: ${outcome} (${detail})`);
  if (attempts.some(({ outcome, tried }) => outcome === 'not found' && tried !== 'the cache'))
    return new PatchproofError({
      kind: 'usage',
      code: 'kernel-not-found',
      message: `The kernel ${spec} was not found.`,
      evidence,
      remedy: 'Give --kernel another version, or the folder of a source tree.',
    });
  return new PatchproofError({
    kind: 'infrastructure',
    code: 'no-network',
    message: `No place that might have the kernel ${spec} can be reached.`,
    evidence,
    remedy: 'Connect to the network, or give --kernel the folder of a source tree.',
  });
}
