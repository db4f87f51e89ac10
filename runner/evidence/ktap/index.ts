// SPDX-License-Identifier: MIT

// crosscheck.ts is left out on purpose: it loads tap-parser, and is imported where that is wanted.
export { toJson } from './json.ts';
export { BLOCKING, blocks, isFailing, OUTCOMES } from './model.ts';
export type { KtapEvent, KtapNode, KtapProblem, KtapReport, Outcome } from './model.ts';
export { printTree, summaryText } from './print.ts';
export { KtapReader } from './reader.ts';
export { countedTests, withProblems } from './summary.ts';
export { toTap14 } from './tap14.ts';
