// SPDX-License-Identifier: MIT
import type { Outcome } from '../evidence/ktap/model.ts';

export type Overall = 'proved' | 'not proved' | 'no verdict';

/** See the table in docs/architecture.md. */
export type Change =
  | 'fixed'
  | 'broken'
  | 'lost'
  | 'worse'
  | 'still failing'
  | 'still passing'
  | 'not run'
  | 'new pass'
  | 'new fail'
  | 'flaky';

export interface CandidateVerdict {
  overall: Overall;
  /** Sentences, the deciding one first. */
  reasons: string[];
  expectations: { text: string; met: boolean; detail: string }[];
  /** Expectations of which `--filter` and `--exclude` left nothing: they were not judged. */
  leftOut: string[];
  knownHarm: { test: string; reason: string }[];
}

/** verdict.json; its JSON Schema is shipped. */
export interface Verdict {
  version: 1;
  overall: Overall;
  candidates: Record<string, CandidateVerdict>;
  tests: {
    name: string;
    kernel: string;
    profile: string;
    outcomes: Record<string, Outcome | 'absent' | 'flaky'>;
    change: Record<string, Change>;
  }[];
  drops: {
    test: string;
    kernel: string;
    profile: string;
    reason: string;
    /** null: this kernel cannot have the reason, or it could not be counted. */
    counts: Record<string, number | null>;
  }[];
}
