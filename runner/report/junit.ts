// SPDX-License-Identifier: MIT
import type { CellRecord, RunRecord } from '../evidence/model.ts';
import { base } from '../proof/model.ts';
import { programOf } from '../proof/select.ts';
import { harmful } from '../verdict/compare.ts';
import type { Verdict } from '../verdict/model.ts';
import { consolePrefix } from '../verdict/rows.ts';
import { diagnosticsOf } from './harm.ts';
import type { Reporter } from './reporter.ts';
import { plainText } from './text.ts';
import { failureText, outcomeWord } from './words.ts';

type TestRow = Verdict['tests'][number];

/** Importers keep a megabyte or so of text; the first lines of a log say most. */
const mostOutput = 4000;

interface Case {
  name: string;
  /** Importers take what stands before its last dot for a package. */
  className: string;
  result: { kind: 'failure' | 'error' | 'skipped'; message: string; text: string } | null;
}

interface Suite {
  name: string;
  seconds: number;
  cases: Case[];
}

/**
 * JUnit XML, red where the verdict is: a suite for each candidate's expectations, and one for
 * its tests in each cell. A test that fails as it does without the patch is skipped, and so is
 * known harm; a crash, a timeout and a missing verdict are errors.
 */
export const junit: Reporter = {
  name: 'junit',
  file: 'junit.xml',
  render(record, verdict) {
    const suites = Object.keys(verdict.candidates).flatMap((name) => [
      verdictSuite(verdict, name),
      ...record.cells.flatMap((cell) =>
        cell.candidates.some((it) => it.name === name)
          ? [testSuite(record, verdict, cell, name)]
          : [],
      ),
    ]);
    if (verdict.mutants !== undefined) suites.push(mutantSuite(verdict.mutants));
    const title = record.proof?.title ?? 'patchproof';
    const timestamp = /^[\dT:-]{19}/.exec(record.startedAt)?.[0];
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<testsuites ${attributes({ name: title, ...totals(suites) })}>`,
      ...suites.map((suite) => suiteXml(suite, timestamp)),
      '</testsuites>',
      '',
    ].join('\n');
  },
};

function verdictSuite(verdict: Verdict, name: string): Suite {
  const candidate = verdict.candidates[name];
  const overall = candidate?.overall ?? 'no verdict';
  const className = `patchproof.${name}.expectations`;
  const reasons = candidate?.reasons ?? [];
  const open = overall === 'no verdict';
  const kind = open ? 'error' : 'failure';
  const whole: Case = {
    name: 'verdict',
    className,
    result: overall === 'proved' ? null : { kind, message: overall, text: reasons.join('\n') },
  };
  const asked = (candidate?.expectations ?? []).map(({ text, met, detail }): Case => ({
    name: text,
    className,
    result: met ? null : { kind, message: `${open ? 'open' : 'not met'}: ${detail}`, text: '' },
  }));
  return { name: `${name}: ${overall}`, seconds: 0, cases: [whole, ...asked] };
}

function testSuite(record: RunRecord, verdict: Verdict, cell: CellRecord, name: string): Suite {
  const rows = verdict.tests.filter(
    (it) =>
      it.kernel === cell.kernel && it.profile === cell.profile && it.change[name] !== undefined,
  );
  const known = new Map(
    verdict.candidates[name]?.knownHarm.map(({ test, reason }) => [test, reason] as const),
  );
  const ms = record.attempts
    .filter((it) => it.cell === cell.id && it.variant === name)
    .reduce((sum, it) => sum + it.durationMs, 0);
  return {
    name: `${cell.kernel} ${cell.profile} ${name}`,
    seconds: ms / 1000,
    cases: rows.map((row) => ({
      name: row.name,
      className: [cell.kernel, cell.profile, name, suiteOf(row).replaceAll('.', '_')].join('.'),
      result: resultOf(record, cell, name, row, known.get(row.name)),
    })),
  };
}

function mutantSuite(mutants: NonNullable<Verdict['mutants']>): Suite {
  const cases = mutants.map(({ name, kernel, state, text, detail }): Case => {
    const kind = state === 'alive' ? 'failure' : 'error';
    return {
      name: kernel === null ? name : `${name} on ${kernel}`,
      className: 'patchproof.mutants',
      result: state === 'killed' ? null : { kind, message: `${state}: ${detail}`, text },
    };
  });
  return { name: 'mutants', seconds: 0, cases };
}

function suiteOf(row: TestRow): string {
  return row.name.startsWith(consolePrefix) ? 'console' : programOf(row.name);
}

function resultOf(
  record: RunRecord,
  cell: CellRecord,
  name: string,
  row: TestRow,
  known: string | undefined,
): Case['result'] {
  const change = row.change[name] ?? 'not run';
  const message = `${change}: ${outcomeWord(row, base)} without the patch, ${outcomeWord(row, name)} with it`;
  const logs = diagnosticsOf(record, cell, name, row.name);
  const said = logs.map(failureText).find((it) => it !== null);
  const text = [...(said === undefined || said === null ? [] : [said]), ...logs.flat()].join('\n');
  if (harmful.has(change)) {
    if (known !== undefined) return { kind: 'skipped', message: `known harm: ${known}`, text: '' };
    const down = ['crashed', 'timeout', 'error', 'notRun'].includes(row.outcomes[name] ?? '');
    return { kind: down ? 'error' : 'failure', message, text };
  }
  const fine = ['fixed', 'still passing', 'new pass'].includes(change);
  return fine ? null : { kind: 'skipped', message, text: '' };
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
