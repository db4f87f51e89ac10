// SPDX-License-Identifier: MIT
import { blocks, countedTests, type KtapNode, type KtapReport } from '../evidence/ktap/index.ts';
import { junitXml, type Case, type Suite } from './junit-xml.ts';

/**
 * A saved log as JUnit XML: a suite for each test of the outermost level, with the tests that
 * count in it, and before them one case for the log itself, which is an error where something
 * is wrong that no test says.
 */
export function ktapJunit(report: KtapReport, title: string): string {
  const suites = report.tests.map((test): Suite => ({
    name: test.name,
    seconds: 0,
    cases: countedTests([test]).map((it) => caseOf(it, test)),
  }));
  return junitXml(title, [logSuite(report, title), ...suites]);
}

function logSuite(report: KtapReport, title: string): Suite {
  const wrong = report.problems.filter((it) => blocks(report, it));
  const text = wrong.map(({ line, message }) => `line ${line}: ${message}`).join('\n');
  const result = wrong[0] && { kind: 'error' as const, message: wrong[0].message, text };
  const whole = { name: 'the log is whole', className: 'ktap', result: result ?? null };
  return { name: title, seconds: 0, cases: [whole] };
}

function caseOf(test: KtapNode, top: KtapNode): Case {
  // Importers take what stands before the last dot for a package.
  const className = `ktap.${top.path.replaceAll('.', '_')}`;
  return { name: test.path, className, result: resultOf(test) };
}

function resultOf({ outcome, directive, diagnostics }: KtapNode): Case['result'] {
  const because = directive === null || directive === '' ? '' : `: ${directive}`;
  switch (outcome) {
    case 'pass':
    case 'xpass':
      return null;
    case 'skip':
      return { kind: 'skipped', message: `skipped${because}`, text: '' };
    case 'xfail':
      return { kind: 'skipped', message: `expected failure${because}`, text: '' };
    case 'fail':
      return { kind: 'failure', message: `failed${because}`, text: diagnostics.join('\n') };
    case 'timeout':
    case 'error':
    case 'crashed':
      return { kind: 'error', message: outcome + because, text: diagnostics.join('\n') };
    case 'notRun':
      return { kind: 'error', message: `not run${because}`, text: '' };
    default:
      return outcome satisfies never;
  }
}
