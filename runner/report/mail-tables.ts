// SPDX-License-Identifier: MIT
import type { CellRecord, RunRecord } from '../evidence/model.ts';
import { base } from '../proof/model.ts';
import { programOf } from '../proof/select.ts';
import type { Change, Verdict } from '../verdict/model.ts';
import { consolePrefix } from '../verdict/rows.ts';
import { padEnd, padStart, plainLine, shorten, widthOf, wrap } from './text.ts';
import { order, outcomeWord } from './words.ts';

type TestRow = Verdict['tests'][number];
type DropRow = Verdict['drops'][number];

const width = 75;
const nameColumns = 41;
const outcomeColumns = 10;
const countColumns = 7;

const words: Readonly<Record<Change, string>> = {
  broken: 'BROKEN',
  worse: 'WORSE',
  lost: 'LOST',
  'new fail': 'NEW FAIL',
  flaky: 'flaky',
  fixed: 'fixed',
  'new pass': 'new pass',
  'still failing': 'still fails',
  'not run': 'not run',
  'still passing': '',
};

/** Both sides of every test, program by program. Names are wrapped and never cut: two tests must not look alike. */
export function changeTable(
  cell: CellRecord,
  candidate: string,
  tests: readonly TestRow[],
): string[] {
  const ran = tests.filter(
    (it) => it.change[candidate] !== undefined && !isOtherCandidatesSplat(it, candidate),
  );
  if (ran.length === 0) return [];
  const lines = [heading(`Kernel ${cell.kernel}, config ${cell.profile}`, candidate)];
  for (const [group, rows = []] of Object.entries(Object.groupBy(ran, groupOf))) {
    lines.push(...wrap(plainLine(group), width));
    const sorted = rows.toSorted(
      (a, b) =>
        rank(a, candidate) - rank(b, candidate) ||
        a.name.localeCompare(b.name, 'en', { numeric: true }),
    );
    for (const test of sorted) {
      const leaf = test.name.slice(group.length).replace(/^\//, '');
      const name = leaf === '' ? 'the program itself' : plainLine(leaf);
      const change = words[test.change[candidate] ?? 'not run'];
      lines.push(...entry(name, outcomeWord(test, base), outcomeWord(test, candidate), change));
    }
  }
  return [...lines, ''];
}

/** A finding on the console of another candidate alone says nothing of this one. */
export function isOtherCandidatesSplat(test: TestRow, candidate: string): boolean {
  const seen = [base, candidate].some((it) => test.outcomes[it] !== 'pass');
  return test.name.startsWith(consolePrefix) && !seen;
}

function groupOf(test: TestRow): string {
  if (test.name.startsWith(consolePrefix)) return consolePrefix;
  return programOf(test.name);
}

function rank(test: TestRow, candidate: string): number {
  return order.indexOf(test.change[candidate] ?? 'not run');
}

function heading(title: string, candidate: string): string {
  return row(shorten(plainLine(title), nameColumns), base, shorten(candidate, outcomeColumns - 1));
}

function row(name: string, without: string, withPatch: string, change = ''): string {
  const cells = padEnd(without, outcomeColumns) + padEnd(withPatch, outcomeColumns);
  return `${padEnd(name, nameColumns)}  ${cells}${change}`;
}

function entry(name: string, without: string, withPatch: string, change: string): string[] {
  if (widthOf(name) <= nameColumns - 2) return [row(`  ${name}`, without, withPatch, change)];
  const lines = wrap(name, width - 2).map((it) => `  ${it}`);
  return [...lines, row('', without, withPatch, change)];
}

/** A row of drop counts, in words. */
export interface ToldDrop {
  drop: DropRow;
  without: string;
  withPatch: string;
  /** The proof asks for it, or one side never had it; the others are background. */
  telling: boolean;
}

/** Both sides' counts of every reason. */
export function toldDrops(
  record: RunRecord,
  cell: CellRecord,
  candidate: string,
  drops: readonly DropRow[],
): ToldDrop[] {
  const asked = new Set(
    (record.proof?.expectations ?? []).flatMap((it) => (it.kind === 'drops' ? [it.reason] : [])),
  );
  // A candidate with tests of its own did not run the other programs.
  const own = drops.filter(({ counts }) => counts[candidate] !== undefined);
  return own.map((drop) => {
    const without = countWord(record, cell, base, drop);
    const withPatch = countWord(record, cell, candidate, drop);
    const telling = asked.has(drop.reason) || isOneSided(without, withPatch);
    return { drop, without, withPatch, telling };
  });
}

/**
 * Drop counts of the reasons that tell the sides apart: those that the proof asks for, and those
 * that one side never had. The others are background (every kernel drops something) and are in
 * verdict.json.
 */
export function dropTable(
  record: RunRecord,
  cell: CellRecord,
  candidate: string,
  drops: readonly DropRow[],
): string[] {
  const told = toldDrops(record, cell, candidate, drops).filter((it) => it.telling);
  if (told.length === 0) return [];
  const lines = [heading('Packets dropped, by reason', candidate)];
  for (const [program, rows = []] of Object.entries(Object.groupBy(told, (it) => it.drop.test))) {
    lines.push(...wrap(plainLine(program), width));
    for (const { drop, without, withPatch } of rows) {
      const left = padStart(without, countColumns);
      lines.push(...entry(plainLine(drop.reason), left, padStart(withPatch, countColumns), ''));
    }
  }
  return [...lines, ''];
}

function isOneSided(without: string, withPatch: string): boolean {
  const counts = [without, withPatch];
  return counts.some((it) => it === '0' || it === 'absent') && counts.some((it) => Number(it) > 0);
}

/** `absent` where the kernel's table lacks the reason, `unknown` where nothing could be counted. */
function countWord(record: RunRecord, cell: CellRecord, variant: string, drop: DropRow): string {
  const counted = drop.counts[variant];
  if (counted !== null && counted !== undefined) return String(counted);
  const tables = record.boots.flatMap((it) =>
    it.cell === cell.id && it.variant === variant && it.reasons !== null ? [it.reasons] : [],
  );
  const absent = tables.length > 0 && !tables.some((it) => it.includes(drop.reason));
  return absent ? 'absent' : 'unknown';
}
