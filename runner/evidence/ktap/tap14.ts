// SPDX-License-Identifier: MIT
import type { KtapNode, KtapReport, Outcome } from './model.ts';
import { blocks, isFailing } from './model.ts';

/**
 * The report as TAP 14 that any TAP reader takes (TAP 14 specification: "Subtests", "Directives", "YAML Diagnostics").
 * TAP knows pass, fail, SKIP and TODO only, so expected failures and unexpected passes become TODO, every other bad end
 * `not ok`, and a YAML block tells what it was. A report that is not ok though no test line says so (nothing
 * ran, all skipped, tests lost) ends in `Bail out!`, so that the stream is never greener than the report.
 */
export function toTap14(report: KtapReport): string {
  const lines = ['TAP version 14'];
  // Behind a plan for no tests, TAP readers take no bail-out any more.
  const red = report.tests.length > 0 && writeLevel(lines, report.tests, '');
  if (!report.ok && !red) {
    const reason = report.problems.find((problem) => blocks(report, problem));
    lines.push(`Bail out! ${escape(reason?.message ?? 'not ok')}`);
  }
  return lines.join('\n') + '\n';
}

// Returns whether a test of this level is not ok.
function writeLevel(lines: string[], tests: readonly KtapNode[], indent: string): boolean {
  let red = false;
  lines.push(`${indent}1..${String(tests.length)}`);
  tests.forEach((test, index) => {
    let redBelow = false;
    if (test.children.length > 0) {
      lines.push(`${indent}# Subtest: ${escape(test.name)}`);
      redBelow = writeLevel(lines, test.children, `${indent}    `);
    }
    // A failure below makes the parent fail, whatever it says of itself: that is TAP's own rule.
    const ok = !redBelow && !isRed(test.outcome);
    red ||= !ok;
    const directive = redBelow ? '' : directiveOf(test);
    const xfail = test.outcome === 'xfail' && !redBelow;
    const head = ok && !xfail ? 'ok' : 'not ok';
    lines.push(`${indent}${head} ${String(index + 1)} - ${escape(test.name)}${directive}`);
    if (!ok) writeDiagnosis(lines, test, `${indent}  `);
  });
  return red;
}

function isRed(outcome: Outcome): boolean {
  return isFailing(outcome) || outcome === 'notRun';
}

function directiveOf(test: KtapNode): string {
  const words: Partial<Record<Outcome, string>> = {
    skip: 'SKIP',
    xfail: 'TODO XFAIL',
    xpass: 'TODO XPASS',
  };
  const word = words[test.outcome];
  if (word === undefined) return '';
  return ` # ${`${word} ${escape(test.directive ?? '')}`.trim()}`;
}

function writeDiagnosis(lines: string[], test: KtapNode, indent: string): void {
  lines.push(`${indent}---`, `${indent}outcome: ${test.outcome}`);
  if (test.directive !== null && test.directive !== '') {
    lines.push(`${indent}reason: ${JSON.stringify(test.directive.toWellFormed())}`);
  }
  lines.push(`${indent}...`);
}

// TAP 14 escapes `\` and `#`. A brace at the end would open a buffered subtest.
function escape(text: string): string {
  return text.replace(/[\\#]/g, '\\$&').replace(/\{$/, '\\{').trim();
}
