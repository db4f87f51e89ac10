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

/** Whether the tests tell a wrong patch from the right one on one kernel. */
export interface MutantVerdict {
  name: string;
  /** What is wrong with it. */
  text: string;
  /** null where no kernel of the run is of its series. */
  kernel: string | null;
  profile: string | null;
  state: 'killed' | 'alive' | 'not judged';
  /** The tests, and the texts of drop expectations, that tell it from the candidate. */
  by: string[];
  detail: string;
}

/** verdict.json; its JSON Schema is shipped. */
export interface Verdict {
  version: 1;
  overall: Overall;
  candidates: Record<string, CandidateVerdict>;
  /** Of a run with --mutants: `overall` is then whether all are killed. */
  mutants?: MutantVerdict[];
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
