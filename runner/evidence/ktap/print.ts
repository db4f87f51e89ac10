// SPDX-License-Identifier: MIT
import type { KtapCounts, KtapNode, KtapProblem, KtapReport, Outcome } from './model.ts';
import { blocks, isFailing, OUTCOMES } from './model.ts';

/** Parts of the text that a terminal may colour. */
type PrintRole = Outcome | 'ok' | 'not-ok' | 'detail' | 'problem' | 'note';

/** Gives a piece of text its look; the caller knows whether there is a terminal. */
export type Styler = (text: string, role: PrintRole) => string;

const WORDS: Readonly<Record<Outcome, string>> = {
  pass: 'pass',
  fail: 'FAIL',
  skip: 'skip',
  xfail: 'xfail',
  xpass: 'XPASS',
  timeout: 'TIMEOUT',
  error: 'ERROR',
  crashed: 'CRASHED',
  notRun: 'not run',
};
const WORD_WIDTH = 7;
/** Log lines that are shown of a test that failed. */
const SHOWN_LINES = 10;

/** The tree, the problems and one summary line, as `patchproof ktap` prints them. */
export function printTree(report: KtapReport, style: Styler = (text) => text): string {
  const lines: string[] = [];
  for (const test of report.tests) printTest(lines, test, '', style);
  for (const problem of report.problems) lines.push(printProblem(report, problem, style));
  lines.push(`${style(...verdict(report))}: ${summaryText(report.counts)}`);
  return lines.join('\n') + '\n';
}

/** Counts as text, those that are not zero: `3 pass, 1 not run`. */
export function summaryText(counts: KtapCounts): string {
  const parts = OUTCOMES.filter((outcome) => counts[outcome] > 0).map(
    (outcome) => `${String(counts[outcome])} ${WORDS[outcome].toLowerCase()}`,
  );
  return parts.length === 0 ? 'no tests' : parts.join(', ');
}

function verdict(report: KtapReport): [string, PrintRole] {
  return report.ok ? ['ok', 'ok'] : ['not ok', 'not-ok'];
}

function printTest(lines: string[], test: KtapNode, indent: string, style: Styler): void {
  const word = style(WORDS[test.outcome].padEnd(WORD_WIDTH), test.outcome);
  const reason = test.directive ? style(`  (${test.directive})`, 'detail') : '';
  lines.push(`${indent}${word} ${test.name}${reason}`);
  for (const child of test.children) printTest(lines, child, `${indent}  `, style);
  if (!isFailing(test.outcome) || test.children.some((child) => isFailing(child.outcome))) return;
  const shown = test.diagnostics.slice(-SHOWN_LINES);
  const hidden = test.diagnostics.length - shown.length + test.diagnosticsDropped;
  const detail = (text: string) => lines.push(`${indent}  ${style(`| ${text}`, 'detail')}`);
  if (hidden > 0) detail(`... ${String(hidden)} lines before`);
  for (const line of shown) detail(line);
}

function printProblem(report: KtapReport, problem: KtapProblem, style: Styler): string {
  const blocking = blocks(report, problem);
  const label = style(blocking ? 'problem' : 'note', blocking ? 'problem' : 'note');
  const where = problem.line > 0 ? ` line ${String(problem.line)}` : '';
  return `${label}${where}: ${problem.message} [${problem.code}]`;
}
