// SPDX-License-Identifier: MIT
import type { CellRecord, RunRecord } from '../evidence/model.ts';
import { base, type ImageName } from '../proof/model.ts';
import { count, duration, padEnd, plainLine, wrap } from './text.ts';

const labelColumns = 13;
const width = 75;

/** Under which conditions the result holds, as lines of a mail. */
export function conditions(record: RunRecord): string[] {
  const lines = conditionsOf(record).flatMap(([label, text]) =>
    wrap(plainLine(text), width - labelColumns - 2).map(
      (line, index) => `  ${padEnd(index === 0 ? label : '', labelColumns)}${line}`,
    ),
  );
  return ['Conditions', ...lines];
}

/** What a reader needs to judge or to repeat the result, labelled; a label is empty where the one above goes on. */
export function conditionsOf(record: RunRecord): (readonly [label: string, text: string])[] {
  const entries: (readonly [string, string])[] = [];
  const add: Add = (label, text) => entries.push([label, text]);
  for (const cell of record.cells) describeCell(record, cell, add);
  const accelerators = [...new Set(record.boots.map((it) => it.accelerator))];
  const why = record.host['acceleratorWhy'];
  if (accelerators.length > 0) {
    add('accelerator', `${accelerators.join(', ')}${why === undefined ? '' : ` (${why})`}`);
  }
  const host = Object.entries(record.host).filter(([name]) => !name.startsWith('accelerator'));
  if (host.length > 0) add('host', host.map(([name, value]) => `${name}: ${value}`).join('; '));
  add('cost', "the patch's cost on the fast path was not measured");
  if (record.tool !== '') add('tool', `patchproof ${record.tool}, ${record.startedAt}`);
  return entries;
}

type Add = (label: string, text: string) => void;

function describeCell(record: RunRecord, cell: CellRecord, add: Add): void {
  add('kernel', `${cell.kernelVersion}: ${cell.origin}`);
  add('config', [cell.profile, ...(cell.config ?? [])].join(', '));
  if (cell.makeWords !== undefined && cell.makeWords.length > 0)
    add('make', cell.makeWords.join(' '));
  const lacks = record.kernels.find((it) => it.cell === cell.id && it.variant === base)?.lacks;
  if (lacks !== undefined)
    add(
      '',
      `${count(lacks.length, 'symbol')} that the tests ask for cannot be had: ${lacks.join('; ')}`,
    );
  if (cell.image !== undefined) add('image', `${cell.image}: ${roots[cell.image]}`);
  for (const candidate of cell.candidates) {
    add(candidate.name, candidate.subject);
    const note = candidate.note === null ? '' : `, ${candidate.note}`;
    if (candidate.hash !== '')
      add('', `${candidate.patch}, sha256 ${candidate.hash.slice(0, 12)}${note}`);
    if (candidate.tests !== undefined) add('', `only ${candidate.tests.join(', ')}`);
  }
  for (const variant of [base, ...cell.candidates.map((it) => it.name)]) {
    const text = describeVariant(record, cell, variant);
    if (text !== '') add(`on ${variant}`, text);
  }
}

function describeVariant(record: RunRecord, cell: CellRecord, variant: string): string {
  const here = (it: { cell: string; variant: string }): boolean =>
    it.cell === cell.id && it.variant === variant;
  const kernel = record.kernels.find(here);
  const boots = record.boots.filter(here);
  const attempts = record.attempts.filter(here);
  const parts: string[] = [];
  if (kernel !== undefined) {
    parts.push(kernel.cached ? 'kernel cached' : `built in ${duration(kernel.durationMs)}`);
  }
  if (boots.length > 0) {
    const early = boots.filter((it) => it.end.kind !== 'complete');
    const ends = early.map((it) => it.end.kind).join(', ');
    parts.push(`${count(boots.length, 'boot')}${early.length > 0 ? ` (${ends})` : ''}`);
  }
  if (attempts.length > 0) {
    const programs = new Set(attempts.map((it) => it.program)).size;
    const ms = attempts.reduce((sum, it) => sum + it.durationMs, 0);
    parts.push(
      `${count(attempts.length, 'attempt')} of ${count(programs, 'program')}, ${duration(ms)}`,
    );
  }
  return parts.join('; ');
}

/** What the guests' roots were. */
const roots: Readonly<Record<ImageName, string>> = {
  agent: 'a small root of its own',
  host: "the host's files, read only",
  debian: 'a Debian root of its own, read only',
};
