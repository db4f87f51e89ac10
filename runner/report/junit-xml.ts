// SPDX-License-Identifier: MIT
import { plainText } from './text.ts';

/** Importers keep a megabyte or so of text; the first lines of a log say most. */
const mostOutput = 4000;

/** One test case as importers know it. */
export interface Case {
  name: string;
  /** Importers take what stands before its last dot for a package. */
  className: string;
  result: { kind: 'failure' | 'error' | 'skipped'; message: string; text: string } | null;
}

/** Cases under one heading. */
export interface Suite {
  name: string;
  seconds: number;
  cases: Case[];
}

/** Suites as JUnit XML, within what the importers of GitHub, GitLab and Jenkins accept. */
export function junitXml(title: string, suites: readonly Suite[], timestamp?: string): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name: title, ...totals(suites) })}>`,
    ...suites.map((suite) => suiteXml(suite, timestamp)),
    '</testsuites>',
    '',
  ].join('\n');
}

function totals(suites: readonly Suite[]): Record<string, string | number> {
  const cases = suites.flatMap((it) => it.cases);
  const count = (kind: string): number => cases.filter((it) => it.result?.kind === kind).length;
  return {
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: suites.reduce((sum, it) => sum + it.seconds, 0).toFixed(3),
  };
}

function suiteXml(suite: Suite, timestamp: string | undefined): string {
  const facts = {
    name: suite.name,
    ...totals([suite]),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
  return [`<testsuite ${attributes(facts)}>`, ...suite.cases.map(caseXml), '</testsuite>'].join(
    '\n',
  );
}

function caseXml({ name, className, result }: Case): string {
  const head = `<testcase ${attributes({ name, classname: className })}`;
  if (result === null) return `${head}/>`;
  const text = escape(result.text.slice(0, mostOutput));
  const type = result.kind === 'skipped' ? {} : { type: result.kind };
  const facts = attributes({ message: result.message, ...type });
  return `${head}><${result.kind} ${facts}>${text}</${result.kind}></testcase>`;
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escape(String(value)).replaceAll('\n', '&#10;')}"`)
    .join(' ');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** XML 1.0 takes no control characters, no half surrogates, no U+FFFE and U+FFFF, not even as references. */
function escape(text: string): string {
  return plainText(text)
    .toWellFormed()
    .replace(/[\ufffe\uffff]/g, '')
    .replace(/[&<>"]/g, (it) => entities[it] ?? it);
}
