// SPDX-License-Identifier: MIT
import type { KtapCounts, KtapNode, KtapProblem, KtapReport } from './model.ts';

/** Version of the contract; raised when a reader of the old one could be misled. */
const KTAP_JSON_VERSION = 1;

/** What `patchproof ktap --json` prints. */
export interface KtapJson {
  readonly version: typeof KTAP_JSON_VERSION;
  readonly ok: boolean;
  readonly counts: KtapCounts;
  readonly tests: readonly KtapNode[];
  readonly problems: readonly KtapProblem[];
}

/** The report as the contract has it. */
export function toJson({ ok, counts, tests, problems }: KtapReport): KtapJson {
  return { version: KTAP_JSON_VERSION, ok, counts, tests, problems };
}
