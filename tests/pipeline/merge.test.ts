// SPDX-License-Identifier: MIT
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../../runner/events.ts';
import type { CandidateRecord, CellRecord, RunRecord } from '../../runner/evidence/model.ts';
import { fold } from '../../runner/evidence/record.ts';
import type { ExpectedPart } from '../../runner/evidence/shards.ts';
import { mergeShards } from '../../runner/pipeline/merge.ts';
import { isWholeShard } from '../../runner/verdict/exit.ts';
import { judge } from '../../runner/verdict/judge.ts';
import { failure, temporary } from '../kernel/helpers.ts';
import { eventsOf, play, settings, warmStage } from './stage.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const verdictOf = (record: RunRecord) => judge(record, { strict: false });

let root = '';
let whole: RunRecord;
const at = (name: string): string => path.join(root, name);

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'patchproof-merge-'));
});
afterAll(() => rmSync(root, { recursive: true }));

it('a run is made in two shards, and as a whole', async () => {
  const stage = warmStage();
  for (const index of [1, 2]) {
    const shard = { index, total: 2, durations: new Map<string, number>() };
    const part = { settings: { ...settings, shard } };
    const { verdict } = await play({ ...stage, run: at(`s${index}`) }, undefined, part);
    expect(verdict.overall).toBe('no verdict');
  }
  ({ record: whole } = await play({ ...stage, run: at('whole') }));
  expect(verdictOf(whole).overall).toBe('proved');
});

let outputs = 0;
async function merge(folders: readonly string[], expected: readonly ExpectedPart[] = []) {
  const folder = at(`merged-${++outputs}`);
  mkdirSync(folder);
  const record = await mergeShards({ folders, expected, argv: ['merge'], folder });
  return { record, verdict: verdictOf(record), folder };
}

/** Another word of the plan for `changed`. */
const planned =
  (change: (cell: CellRecord) => Partial<CellRecord>) =>
  (it: RunEvent): RunEvent =>
    it.type === 'cell-planned' ? { ...it, cell: { ...it.cell, ...change(it.cell) } } : it;
/** Likewise of each candidate. */
const candidates = (change: Partial<CandidateRecord>) =>
  planned((cell) => ({ candidates: cell.candidates.map((it) => ({ ...it, ...change })) }));

/** A copy of a shard with some of its events changed. */
function changed(name: string, change: (event: RunEvent) => RunEvent | null): string {
  const copy = path.join(temporary(), 'changed');
  mkdirSync(copy);
  const lines = eventsOf(at(name)).flatMap((event) => {
    const next = change(structuredClone(event));
    return next === null ? [] : [`${JSON.stringify(next)}\n`];
  });
  writeFileSync(path.join(copy, 'events.jsonl'), lines.join(''));
  return copy;
}

const reasons = (verdict: ReturnType<typeof verdictOf>): string =>
  Object.values(verdict.candidates)
    .flatMap((it) => it.reasons)
    .join('\n');

it('a shard alone has no verdict, says so, and counts as done', () => {
  const record = fold(eventsOf(at('s1')));
  const verdict = verdictOf(record);
  expect(verdict.overall).toBe('no verdict');
  expect(reasons(verdict)).toBe(
    'This is shard 1 of 2; patchproof merge of all of them gives the verdict.',
  );
  expect(isWholeShard(record)).toBe(true);
  expect(new Set(record.attempts.map((it) => it.program)).size).toBe(1);
});

describe('a shard has done its work', () => {
  const shard = (change: (record: RunRecord) => RunRecord): boolean =>
    isWholeShard(change(fold(eventsOf(at('s1')))));
  const candidates = (record: RunRecord, more: object): RunRecord => ({
    ...record,
    cells: record.cells.map((cell) => ({
      ...cell,
      candidates: cell.candidates.map((it) => ({ ...it, ...more })),
    })),
  });
  const lost = { cell: '', variant: 'patched', code: 'x', message: 'x', evidence: [], remedy: '' };

  it.each<[string, boolean, (record: RunRecord) => RunRecord]>([
    [
      'also with a ready-made patch in place of the given one',
      true,
      (it) => candidates(it, { insteadOf: 'given.patch' }),
    ],
    [
      'also when all its tests are skipped',
      true,
      (it) => ({
        ...it,
        attempts: it.attempts.map((one) => ({
          ...one,
          results: one.results.map((result) => ({ ...result, outcome: 'skip' as const })),
        })),
      }),
    ],
    ['not when it was interrupted', false, (it) => ({ ...it, interrupted: true })],
    ['not when it ends before its work', false, (it) => ({ ...it, finished: false })],
    [
      'not when a program has no attempt',
      false,
      (it) => ({ ...it, attempts: it.attempts.filter(({ variant }) => variant !== 'patched') }),
    ],
    [
      'not when a candidate could not be tried',
      false,
      (it) => ({
        ...it,
        failures: it.cells.map(({ id }) => ({
          ...lost,
          cell: id,
          stage: 'patch' as const,
          times: 1,
        })),
      }),
    ],
  ])('%s', (_, expected, change) => {
    expect(shard(change)).toBe(expected);
  });

  it('and a whole run is none', () => {
    expect(isWholeShard(whole)).toBe(false);
  });
});

it('a run with mutants is no shard, and is refused', async () => {
  const mutants = changed('s1', (event) =>
    event.type === 'proof-loaded' ? { ...event, proof: { ...event.proof, mutants: ['m'] } } : event,
  );
  const folder = temporary();
  const request = { folders: [mutants, at('s2')], expected: [], argv: [], folder };
  const error = await failure(mergeShards(request));
  expect(error).toMatchObject({ kind: 'usage', code: 'mutants' });
  expect(error.message).toContain('changed');
  expect(readdirSync(folder)).toEqual([]);
});

it('shards merge to the verdict, the outcomes and the counts of the whole run', async () => {
  const { record, verdict, folder } = await merge([at('s1'), at('s2')]);
  const expected = verdictOf(whole);
  expect(expected.overall).toBe('proved');
  expect(verdict.candidates).toEqual(expected.candidates);
  const sorted = (rows: typeof verdict.tests) =>
    rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  expect(sorted(verdict.tests)).toEqual(sorted(expected.tests));
  expect(verdict.drops).toEqual(expected.drops);
  expect(record.cells.map((it) => it.programs)).toEqual(whole.cells.map((it) => it.programs));
  expect(record.shard).toBeUndefined();
  // Replaying the merged stream says the same.
  expect(fold(eventsOf(folder))).toEqual(record);
});

it('takes a folder of shards, in any order, and numbers boots and attempts on', async () => {
  const folder = temporary();
  cpSync(at('s2'), path.join(folder, 'a'), { recursive: true });
  cpSync(at('s1'), path.join(folder, 'b'), { recursive: true });
  // Of another candidate: only then base's programs have attempts in several shards.
  const other = changed('whole', (event) =>
    JSON.parse(JSON.stringify(event).replaceAll('"patched"', '"v2"')),
  );
  const { record, verdict, folder: merged } = await merge([folder, other]);
  expect(verdict.overall).toBe('proved');
  const boots = record.boots.map((it) => `${it.variant} ${it.boot}`);
  expect(new Set(boots).size).toBe(boots.length);
  const attempts = record.attempts.map((it) => `${it.variant} ${it.program} ${it.attempt}`);
  expect(new Set(attempts).size).toBe(attempts.length);
  const shards = [path.join(folder, 'a'), path.join(folder, 'b'), other];
  const own = shards.flatMap((shard) => placesOf(fold(eventsOf(shard)), shard));
  expect(placesOf(record, merged).toSorted()).toEqual(own.toSorted());
});

/** Where each attempt's boot left its console, and of what it was an attempt. */
function placesOf(record: RunRecord, folder: string): string[] {
  return record.attempts.map(({ variant, program, boot: number }) => {
    const boot = record.boots.find((it) => it.variant === variant && it.boot === number);
    return `${variant} ${program} ${path.resolve(folder, boot?.consoleFile ?? 'nowhere')}`;
  });
}

describe('no verdict, with the shard named', () => {
  it('missing', async () => {
    const { verdict } = await merge([at('s1')]);
    expect(verdict.overall).toBe('no verdict');
    expect(reasons(verdict)).toMatch(/patched: shard 2 of 2 is missing/);
  });

  it('a folder without a stream', async () => {
    const { verdict } = await merge([at('s1'), at('s2'), at('gone')]);
    expect(verdict.overall).toBe('no verdict');
    expect(reasons(verdict)).toMatch(/gone cannot be read: it holds no events.jsonl/);
  });

  it('twice, and its evidence counts once', async () => {
    const copy = changed('s2', (event) => event);
    const { record, verdict } = await merge([at('s1'), at('s2'), copy]);
    expect(verdict.overall).toBe('no verdict');
    expect(reasons(verdict)).toMatch(/shard 2 of 2 is there 2 times: .*s2 and .*changed/);
    expect(record.attempts).toHaveLength(whole.attempts.length);
  });

  it('cut short', async () => {
    const copy = changed('s2', (event) => (event.type === 'run-finished' ? null : event));
    const { verdict } = await merge([at('s1'), copy]);
    expect(verdict.overall).toBe('no verdict');
    expect(reasons(verdict)).toMatch(/changed ends before its work did/);
  });

  it.each<[string, (event: RunEvent) => RunEvent]>([
    [
      'the version of patchproof: 9 and 0',
      (it) => (it.type === 'run-started' ? { ...it, tool: '9' } : it),
    ],
    ['the kernel source of', planned(() => ({ sourceHash: 'other' }))],
    ['the patch patched of', candidates({ hash: 'other' })],
    ['the environment of patched of', candidates({ environment: { A: 'b' } })],
    ['the selected tests of', planned(() => ({ selection: { filter: ['one'], exclude: [] } }))],
    [
      'the build of patched of',
      (it) =>
        it.type === 'kernel-built' && it.kernel.variant === 'patched'
          ? { ...it, kernel: { ...it.kernel, key: 'other' } }
          : it,
    ],
    [
      'the proof',
      (it) =>
        it.type === 'proof-loaded' ? { ...it, proof: { ...it.proof, expectations: [] } } : it,
    ],
  ])('other than the first: %s', async (what, change) => {
    const { verdict } = await merge([at('s1'), changed('s2', change)]);
    expect(verdict.overall).toBe('no verdict');
    expect(reasons(verdict)).toContain(`differ in ${what}`);
  });

  it('of another split', async () => {
    const third = changed('s2', (it) =>
      it.type === 'run-started' ? { ...it, shard: { index: 2, total: 3 } } : it,
    );
    const { verdict } = await merge([at('s1'), third]);
    expect(verdict.overall).toBe('no verdict');
    expect(reasons(verdict)).toMatch(/s1 is 1\/2, but .*changed is 2\/3/);
  });

  it('split by other durations', async () => {
    const first = fold(eventsOf(at('s1'))).cells[0]?.programs ?? [];
    const same = changed('s2', (it) =>
      it.type === 'cell-planned' ? { ...it, cell: { ...it.cell, programs: first } } : it,
    );
    const { verdict } = await merge([at('s1'), same]);
    expect(verdict.overall).toBe('no verdict');
    expect(reasons(verdict)).toMatch(/split by other durations: mine:(one|two), mine:(one|two)/);
  });

  it('asked for by the matrix', async () => {
    const [cell] = whole.cells;
    const part = {
      id: 'job-7',
      kernel: cell?.kernel ?? '',
      profile: 'lean',
      candidate: 'v9',
      shard: '1/1',
    };
    const { verdict } = await merge([at('s1'), at('s2')], [part]);
    expect(verdict.overall).toBe('no verdict');
    expect(reasons(verdict)).toContain('job-7 is missing');
    const there = { ...part, candidate: 'patched', shard: '2/2' };
    expect((await merge([at('s1'), at('s2')], [there])).verdict.overall).toBe('proved');
  });

  it('a line that is no event', async () => {
    const copy = changed('s2', (event) => event);
    appendFileSync(
      path.join(copy, 'events.jsonl'),
      '{"time":1\n{"time":2,"type":"run-finished"}\n',
    );
    const { verdict } = await merge([at('s1'), copy]);
    expect(verdict.overall).toBe('no verdict');
    expect(reasons(verdict)).toMatch(/cannot be read: events\.jsonl:\d+ is no event/);
  });
});

it('reads streams of 0.1.0, which knew neither shards, patch text nor console tails', async () => {
  const old = changed('whole', (event) => {
    if (event.type === 'cell-planned') {
      const { collections: _, ...cell } = event.cell;
      const candidates = cell.candidates.map(({ text: _text, ...it }) => it);
      return { ...event, cell: { ...cell, candidates } };
    }
    if (event.type !== 'boot-finished') return event;
    const { consoleTail: _, ...boot } = event.boot;
    return { ...event, boot };
  });
  const textOf = (run: string): string => readFileSync(path.join(run, 'events.jsonl'), 'utf8');
  for (const newer of ['"consoleTail":', '"text":"---', '"collections":']) {
    expect(textOf(at('whole'))).toContain(newer);
    expect(textOf(old)).not.toContain(newer);
  }
  expect((await merge([old])).verdict.candidates).toEqual(verdictOf(whole).candidates);
});

it('nothing that is a run directory is wrong usage', async () => {
  await expect(merge([at('gone')])).rejects.toMatchObject({ code: 'no-shards', kind: 'usage' });
});
