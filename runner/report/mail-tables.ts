// SPDX-License-Identifier: MIT
import type { CellRecord, RunRecord } from '../evidence/model.ts';
import { base } from '../proof/model.ts';
import type { Change, Verdict } from '../verdict/model.ts';
import { padEnd, padStart, plainLine, shorten, widthOf, wrap } from './text.ts';

type TestRow = Verdict['tests'][number];
type DropRow = Verdict['drops'][number];

const nameColumns = 41;
const outcomeColumns = 10;
const width = 75;

/** What a reader looks for first comes first. */
const order: readonly Change[] = [
  'broken',
  'worse',
  'lost',
  'new fail',
  'flaky',
  'fixed',
  'new pass',
  'still failing',
  'not run',
  'still passing',
];

const words: Readonly<Record<Change, string>> = {
  broken: 'BROKEN',
  worse: 'WORSE',
  lost: 'LOST',
  'new fail': 'NEW FAIL',
  flaky: 'flaky',
  fixed: 'fixed',
  'new pass': 'new pass',
  'still failing': 'fails',
  'not run': 'not run',
  'still passing': '',
};

/** Both sides of every test, program by program. Names are wrapped and never cut: two tests must not look alike. */
export function changeTable(
  cell: CellRecord,
  candidate: string,
  tests: readonly TestRow[],
): string[] {
  const ran = tests.filter((it) => it.change[candidate] !== undefined);
  if (ran.length === 0) return [];
  const title = shorten(plainLine(`${cell.kernel}, ${cell.profile}`), nameColumns);
  const lines = [row(title, base, shorten(candidate, outcomeColumns - 1), '')];
  const groups = Object.groupBy(ran, (it) => groupOf(it.name));
  for (const [group, rows = []] of Object.entries(groups)) {
    lines.push(...wrap(plainLine(group), width));
    const sorted = rows.toSorted(
      (a, b) =>
        rank(a, candidate) - rank(b, candidate) ||
        a.name.localeCompare(b.name, 'en', { numeric: true }),
    );
    for (const test of sorted) {
      const name =
        plainLine(test.name.slice(group.length).replace(/^\//, '')) || 'the program itself';
      const change = test.change[candidate] ?? 'not run';
      lines.push(
        ...named(name, test.outcomes[base] ?? '', test.outcomes[candidate] ?? '', words[change]),
      );
    }
  }
  return [...lines, ''];
}

function groupOf(name: string): string {
  return name.startsWith('console:') ? 'console:' : (name.split('/')[0] ?? name);
}

function rank(test: TestRow, candidate: string): number {
  return order.indexOf(test.change[candidate] ?? 'not run');
}

function row(name: string, without: string, withPatch: string, change: string): string {
  return `${padEnd(name, nameColumns)}  ${padEnd(without, outcomeColumns)}${padEnd(withPatch, outcomeColumns)}${change}`;
}

function named(name: string, without: string, withPatch: string, change: string): string[] {
  if (widthOf(name) <= nameColumns - 2) return [row(`  ${name}`, without, withPatch, change)];
  const lines = wrap(name, width - 2).map((it) => `  ${it}`);
  return [...lines, row('', without, withPatch, change)];
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
  const asked = new Set(
    (record.proof?.expectations ?? []).flatMap((it) => (it.kind === 'drops' ? [it.reason] : [])),
  );
  const told = drops.filter((it) => asked.has(it.reason) || isOneSided(it, candidate));
  if (told.length === 0) return [];
  const lines = [
    row('Packets dropped, by reason', base, shorten(candidate, outcomeColumns - 1), ''),
  ];
  for (const [program, rows = []] of Object.entries(Object.groupBy(told, (it) => it.test))) {
    lines.push(...wrap(plainLine(program), width));
    for (const drop of rows) {
      const [without, withPatch] = [base, candidate].map((variant) =>
        padStart(countWord(record, cell, variant, drop), outcomeColumns - 3),
      ) as [string, string];
      lines.push(...named(plainLine(drop.reason), without, withPatch, ''));
    }
  }
  return [...lines, ''];
}

function isOneSided(drop: DropRow, candidate: string): boolean {
  const counts = [drop.counts[base] ?? 0, drop.counts[candidate] ?? 0];
  return counts.includes(0) && counts.some((it) => it > 0);
}

function countWord(record: RunRecord, cell: CellRecord, variant: string, drop: DropRow): string {
  const counted = drop.counts[variant];
  if (counted !== null && counted !== undefined) return String(counted);
  const known = record.boots.some(
    (it) => it.cell === cell.id && it.variant === variant && it.reasons !== null,
  );
  return known ? 'absent' : 'unknown';
}
