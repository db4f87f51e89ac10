// SPDX-License-Identifier: MIT

// crosscheck.ts is left out on purpose: it loads tap-parser, and is imported where that is wanted.
export { KTAP_JSON_VERSION, toJson } from './json.ts';
export type { KtapJson, OtherProblem } from './json.ts';
export { BLOCKING, isFailing, OUTCOMES, PATH_SEPARATOR } from './model.ts';
export type {
  KtapCounts,
  KtapEvent,
  KtapNode,
  KtapProblem,
  KtapReport,
  Outcome,
  ProblemCode,
} from './model.ts';
export { printTree, summaryText } from './print.ts';
export type { PrintRole, Styler } from './print.ts';
export { KtapReader } from './reader.ts';
export { countedTests, countTests } from './summary.ts';
export { toTap14 } from './tap14.ts';
