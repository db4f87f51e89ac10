// SPDX-License-Identifier: MIT
import type { CellRecord, RunRecord } from '../evidence/model.ts';
import type { Verdict } from '../verdict/model.ts';
import { rankCandidates } from '../verdict/rank.ts';
import { earnsTestedBy, harmOf } from './harm.ts';
import type { Harm } from './harm.ts';
import { conditions } from './mail-conditions.ts';
import { findings } from './mail-findings.ts';
import { changeTable, dropTable } from './mail-tables.ts';
import { mutantPart } from './mail-mutants.ts';
import type { Reporter } from './reporter.ts';
import { count, padEnd, padStart, plainLine, shorten, wrap } from './text.ts';

/** Kernel mail is wrapped at 75 columns, so that it can be quoted a few times. */
const columns = 75;
/** More would bury the rest of a mail. */
const mostBroken = 12;

type Candidate = Verdict['candidates'][string];

/**
 * Plain text for a mail: the verdict, what each expectation came to, both sides of every test,
 * the drops that tell them apart, and the conditions under which all that was measured.
 */
export const mail: Reporter = {
  name: 'mail',
  file: 'report.txt',
  render(record, verdict) {
    const names = Object.keys(verdict.candidates);
    const lines = [
      ...head(record, verdict),
      ...(names.length > 1 ? ranking(verdict) : []),
      ...names.flatMap((name) => candidatePart(verdict, name, names.length > 1)),
      ...mutantPart(verdict.mutants),
      ...record.cells.flatMap((cell) => cellPart(record, verdict, cell)),
      ...conditions(record),
      ...testedBy(record, verdict, names),
    ];
    return `${lines.map((it) => it.trimEnd()).join('\n')}\n`;
  },
};

function head(record: RunRecord, verdict: Verdict): string[] {
  const title = plainLine(record.proof?.title ?? 'no proof was loaded');
  return [`patchproof: ${verdict.overall}`, ...wrap(title, columns), ''];
}

function ranking(verdict: Verdict): string[] {
  const ranked = rankCandidates(verdict);
  return [
    'Candidates, best first',
    ...ranked.map(({ name, fixed, broken }) => {
      const word = verdict.candidates[name]?.overall ?? '';
      const numbers = `${padStart(String(fixed), 5)} fixed  ${padStart(String(broken), 5)} broken`;
      return `  ${padEnd(shorten(name, 34), 36)}${padEnd(word, 12)}${numbers}`;
    }),
    '',
  ];
}

function candidatePart(verdict: Verdict, name: string, named: boolean): string[] {
  const candidate = verdict.candidates[name] as Candidate;
  const lines = named ? [`${name}: ${candidate.overall}`] : [];
  for (const reason of candidate.reasons) lines.push(...wrap(plainLine(reason), columns));
  const changes = Object.groupBy(verdict.tests, (it) => it.change[name] ?? 'not run');
  if (candidate.overall !== 'no verdict' && changes.fixed === undefined) {
    lines.push('Nothing was fixed: no test failed without the patch and passed with it.');
  }
  if (changes.flaky !== undefined) {
    const text = `${count(changes.flaky.length, 'test')} both passed and failed on one side, and ${changes.flaky.length === 1 ? 'proves' : 'prove'} nothing.`;
    lines.push(...wrap(text, columns));
  }
  if (candidate.expectations.length > 0)
    lines.push(
      '',
      ...candidate.expectations.flatMap((it) => expectationLines(it, candidate.overall)),
    );
  for (const text of candidate.leftOut) lines.push(...hanging('  left out ', plainLine(text)));
  if (candidate.knownHarm.length > 0) {
    lines.push('', 'KNOWN HARM of this patch, accepted in the proof file:');
    // The same harm over IPv4 and IPv6 is one sentence for a reader.
    for (const [reason, tests] of Map.groupBy(candidate.knownHarm, (it) => it.reason)) {
      const more = tests.length > 1 ? ` and ${tests.length - 1} more` : '';
      lines.push(
        ...hanging('  - ', `${plainLine(tests[0]?.test ?? '')}${more}: ${plainLine(reason)}`),
      );
    }
  }
  return [...lines, ''];
}

function expectationLines(
  it: Candidate['expectations'][number],
  overall: Candidate['overall'],
): string[] {
  // Without a verdict, what is not met may only be what was not tried.
  const unmet = overall === 'no verdict' ? '  open     ' : '  NOT MET  ';
  return [
    ...hanging(it.met ? '  met      ' : unmet, plainLine(it.text)),
    ...hanging(' '.repeat(11), `(${plainLine(it.detail)})`),
  ];
}

/** What the patch broke, each with both outcomes and what the test said. Known harm stands with its reason further up. */
function brokenList(harm: readonly Harm[], name: string): string[] {
  const broken = harm.filter((it) => it.known === null);
  if (broken.length === 0) return [];
  const lines = broken.slice(0, mostBroken).flatMap((it) => {
    const outcomes = it.isSplat ? `only with ${name}` : `${it.without} -> ${it.withPatch}`;
    return [
      ...hanging('  - ', `${plainLine(it.test)}: ${outcomes}`),
      ...(it.said === null ? [] : hanging('    ', plainLine(it.said))),
    ];
  });
  const more = broken.length - mostBroken;
  return [
    `What ${name} broke`,
    ...lines,
    ...(more > 0 ? [`  and ${more} more in the tables`] : []),
    '',
  ];
}

/** A tag for the mail, only where it is earned; who tested is the reader's to say. */
function testedBy(record: RunRecord, verdict: Verdict, names: readonly string[]): string[] {
  const earned = names.filter((name) => earnsTestedBy(record, verdict, name));
  if (earned.length === 0) return [];
  const versions = [...new Set(record.cells.map((it) => it.kernelVersion))].join(', ');
  const which = names.length > 1 ? ` for ${earned.join(', ')}` : '';
  return [
    '',
    ...wrap(plainLine(`Suggested tag${which}, for whoever ran this on ${versions}:`), columns),
    '  Tested-by: NAME <ADDRESS>',
  ];
}

/** First line behind the mark, the others below its text. */
function hanging(mark: string, text: string): string[] {
  return wrap(text, columns - mark.length).map(
    (line, index) => (index === 0 ? mark : ' '.repeat(mark.length)) + line,
  );
}

function cellPart(record: RunRecord, verdict: Verdict, cell: CellRecord): string[] {
  const here = (it: { kernel: string; profile: string }): boolean =>
    it.kernel === cell.kernel && it.profile === cell.profile;
  const tests = verdict.tests.filter(here);
  const drops = verdict.drops.filter(here);
  return cell.candidates.flatMap(({ name }) => [
    ...brokenList(harmOf(record, verdict, name).filter(here), name),
    ...findings(record, cell, name, tests),
    ...changeTable(cell, name, tests),
    ...dropTable(record, cell, name, drops),
  ]);
}
