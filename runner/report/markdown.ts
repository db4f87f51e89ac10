// SPDX-License-Identifier: MIT
import type { CellRecord, RunRecord } from '../evidence/model.ts';
import { base } from '../proof/model.ts';
import type { Change, Overall, Verdict } from '../verdict/model.ts';
import { rankCandidates } from '../verdict/rank.ts';
import { saidBy } from './harm.ts';
import { conditionsOf } from './mail-conditions.ts';
import { sortMutants } from './mail-mutants.ts';
import { isOtherCandidatesSplat, toldDrops } from './mail-tables.ts';
import type { Reporter } from './reporter.ts';
import { plainLine } from './text.ts';
import { order, outcomeWord } from './words.ts';

/** A step summary of more than 1 MiB is refused as a whole. */
export const mostBytes = 900_000;
/** Keeps a test with a huge name or a huge message from taking all the room. */
const mostColumns = 300;

/** The summary of a CI step, worst first: whatever does not fit any more is what matters least. */
export const markdown: Reporter = {
  name: 'markdown',
  file: 'report.md',
  render(record, verdict) {
    const names = Object.keys(verdict.candidates);
    const page = new Page(mostBytes);
    page.add(`## patchproof: ${verdict.overall}`, '', code(record.proof?.title ?? ''), '');
    if (names.length > 1) page.add(...ranking(verdict), '');
    for (const name of names) page.add(...candidatePart(verdict, name));
    page.add(...mutantTable(verdict.mutants));
    for (const failure of record.failures) {
      page.add(`**${code(`${failure.cell}, ${failure.variant}`)}** ${code(failure.message)}`, '');
    }
    const pairs = record.cells.flatMap((cell) =>
      cell.candidates.map(({ name }) => ({ cell, name })),
    );
    // By change first and by cell second: the worst of the last cell comes before the good of the first.
    for (const change of order) {
      for (const { cell, name } of pairs) changePart(page, record, verdict, cell, name, change);
    }
    for (const { cell, name } of pairs) dropPart(page, record, verdict, cell, name);
    page.add(
      '<details><summary>Conditions</summary>',
      '',
      '| | |',
      '| --- | --- |',
      ...conditionsOf(record).map(([label, text]) => `| ${label} | ${code(text)} |`),
      '',
      '</details>',
    );
    return page.text();
  },
};

/** Collects lines up to a size in bytes; the first that does not fit ends it, and that is said. */
class Page {
  readonly #lines: string[] = [];
  readonly #note = '\n*Cut here: the rest is in the run directory.*\n';
  #left: number;
  #isFull = false;

  constructor(most: number) {
    this.#left = most - Buffer.byteLength(this.#note);
  }

  add(...lines: readonly string[]): void {
    for (const line of lines) {
      this.#left -= Buffer.byteLength(line) + 1;
      if (this.#left < 0) this.#isFull = true;
      if (this.#isFull) return;
      this.#lines.push(line);
    }
  }

  text(): string {
    return `${this.#lines.join('\n')}\n${this.#isFull ? this.#note : ''}`;
  }
}

function candidatePart(verdict: Verdict, name: string): string[] {
  const candidate = verdict.candidates[name];
  if (candidate === undefined) return [];
  const open = candidate.overall === 'no verdict';
  return [
    `### ${code(name)}: ${candidate.overall}`,
    '',
    ...candidate.reasons.map((it) => `- ${code(it)}`),
    ...(candidate.knownHarm.length === 0
      ? []
      : [
          '',
          '**Known harm, accepted in the proof file**',
          '',
          ...candidate.knownHarm.map(({ test, reason }) => `- ${code(test)}: ${code(reason)}`),
        ]),
    '',
    '| | expectation | |',
    '| --- | --- | --- |',
    ...candidate.expectations
      .toSorted((a, b) => Number(a.met) - Number(b.met))
      .map(({ text, met, detail }) => {
        const word = met ? 'met' : open ? 'open' : '**not met**';
        return `| ${word} | ${code(text)} | ${code(detail)} |`;
      }),
    '',
  ];
}

function mutantTable(mutants: Verdict['mutants']): string[] {
  if (mutants === undefined) return [];
  return [
    '| mutant | | told by |',
    '| --- | --- | --- |',
    ...sortMutants(mutants).map((it) => {
      const where = it.kernel === null ? '' : ` on ${it.kernel}`;
      const state = it.state === 'killed' ? it.state : `**${it.state}**`;
      const by = it.state === 'killed' ? it.by.join(', ') : it.detail;
      return `| ${code(`${it.name}${where}`)} | ${state} | ${code(by)} |`;
    }),
    '',
  ];
}

function ranking(verdict: Verdict): string[] {
  return [
    '| candidate | verdict | fixed | broken |',
    '| --- | --- | ---: | ---: |',
    ...rankCandidates(verdict).map(({ name, fixed, broken }) => {
      const overall: Overall = verdict.candidates[name]?.overall ?? 'no verdict';
      return `| ${code(name)} | ${overall} | ${fixed} | ${broken} |`;
    }),
  ];
}

function changePart(
  page: Page,
  record: RunRecord,
  verdict: Verdict,
  cell: CellRecord,
  name: string,
  change: Change,
): void {
  const rows = verdict.tests.filter(
    (it) =>
      it.kernel === cell.kernel &&
      it.profile === cell.profile &&
      it.change[name] === change &&
      !isOtherCandidatesSplat(it, name),
  );
  if (rows.length === 0) return;
  const folded = change === 'still passing' || change === 'not run';
  const title = `${change}: ${rows.length} (${code(`${cell.kernel}, ${cell.profile}, ${name}`)})`;
  page.add(
    ...(folded ? [`<details><summary>${change}: ${rows.length}</summary>`] : [`#### ${title}`]),
  );
  page.add('', `| test | ${base} | ${code(name)} | |`, '| --- | --- | --- | --- |');
  for (const row of rows) {
    const said = folded ? null : saidBy(record, cell, change === 'fixed' ? base : name, row.name);
    page.add(
      `| ${code(row.name)} | ${outcomeWord(row, base)} | ${outcomeWord(row, name)} | ${said === null ? '' : code(said)} |`,
    );
  }
  page.add('', ...(folded ? ['</details>', ''] : []));
}

function dropPart(
  page: Page,
  record: RunRecord,
  verdict: Verdict,
  cell: CellRecord,
  name: string,
): void {
  const here = verdict.drops.filter(
    (it) => it.kernel === cell.kernel && it.profile === cell.profile,
  );
  const told = toldDrops(record, cell, name, here).filter((it) => it.telling);
  if (told.length === 0) return;
  page.add(
    `#### Packets dropped (${code(`${cell.kernel}, ${cell.profile}, ${name}`)})`,
    '',
    `| program | reason | ${base} | ${code(name)} |`,
    '| --- | --- | ---: | ---: |',
    ...told.map(
      ({ drop, without, withPatch }) =>
        `| ${code(drop.test)} | ${code(drop.reason)} | ${without} | ${withPatch} |`,
    ),
    '',
  );
}

/**
 * Untrusted text as a code span: no Markdown, no HTML and no mention (@name) is seen in it. The
 * fence is longer than any run of backticks inside; a bar would end a table's cell.
 */
function code(text: string): string {
  const line = plainLine(text).slice(0, mostColumns).toWellFormed().replaceAll('|', '¦');
  if (line === '') return '';
  const runs = line.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(0, ...runs.map((it) => it.length)) + 1);
  return `${fence} ${line} ${fence}`;
}
