// SPDX-License-Identifier: MIT
import type { CellRecord, RunRecord } from '../evidence/model.ts';
import { base } from '../proof/model.ts';
import { programOf } from '../proof/select.ts';
import { harmful } from '../verdict/compare.ts';
import type { Verdict } from '../verdict/model.ts';
import { consolePrefix } from '../verdict/rows.ts';
import { diagnosticsOf } from './harm.ts';
import { junitXml, type Case, type Suite } from './junit-xml.ts';
import type { Reporter } from './reporter.ts';
import { failureText, outcomeWord } from './words.ts';

type TestRow = Verdict['tests'][number];

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
    return junitXml(title, suites, /^[\dT:-]{19}/.exec(record.startedAt)?.[0]);
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
