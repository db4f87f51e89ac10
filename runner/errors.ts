// SPDX-License-Identifier: MIT

/** Exit codes of every command but `bisect`, which keeps git's contract. */
export const exitCodes = {
  proved: 0,
  notProved: 1,
  usage: 2,
  noVerdict: 69,
  interrupted: 130,
} as const;

/** What `git bisect run` makes of an exit code: 1 to 127 is bad, but for 125; from 128 on it stops. */
export const bisectCodes = { good: 0, bad: 1, skip: 125, stop: 128 } as const;

/** Who has to act: the person at the keyboard (exit 2) or the host and its surroundings (exit 69). */
export type ErrorKind = 'usage' | 'infrastructure' | 'interrupted';

/** What an expected failure says. All texts are plain; the printer wraps and colours them. */
export interface ErrorFacts {
  kind: ErrorKind;
  /** Stable identifier for scripts and tests, e.g. `patch-does-not-apply`. */
  code: string;
  /** One sentence: what failed. */
  message: string;
  /** The lines that prove it: the end of the log that matters, a rejected hunk, a source line with a caret. */
  evidence?: string[];
  /** The next command to type, or what to change. */
  remedy: string;
  /** A file that holds the whole story. */
  log?: string;
  cause?: unknown;
}

/** An expected failure. Anything else that is thrown is a bug in patchproof and is shown with its stack. */
export class PatchproofError extends Error {
  override readonly name = 'PatchproofError';
  readonly kind: ErrorKind;
  readonly code: string;
  readonly evidence: readonly string[];
  readonly remedy: string;
  readonly log: string | undefined;

  constructor(facts: ErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.kind = facts.kind;
    this.code = facts.code;
    this.evidence = facts.evidence ?? [];
    this.remedy = facts.remedy;
    this.log = facts.log;
  }

  /** The process exit code that belongs to this failure. */
  get exitCode(): number {
    if (this.kind === 'usage') return exitCodes.usage;
    return this.kind === 'interrupted' ? exitCodes.interrupted : exitCodes.noVerdict;
  }
}
