// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../runner/evidence/model.ts';
import { evidenceJsonSchema, evidenceSchema } from '../../runner/report/evidence-schema.ts';
import { evidenceJson } from '../../runner/report/json.ts';
import { raced } from './race.ts';
import { rich } from './rich.ts';
import { hostile, interrupted, verdictOf } from './sample.ts';

/** Of a run on 6.12, with its test of the stall alone. */
const recorded = JSON.parse(
  readFileSync(new URL('../fixtures/evidence/stall.json', import.meta.url), 'utf8'),
) as RunRecord;

const [cell] = rich.cells;
if (cell === undefined) throw new Error('the sample has no cell');
const [candidate] = cell.candidates;
if (candidate === undefined) throw new Error('the sample has no candidate');

/** With every optional part there, so that none can be added to the model and left out here. */
type Whole<T> = T extends readonly (infer Item)[]
  ? readonly Whole<Item>[]
  : T extends object
    ? { [Key in keyof T]-?: Whole<T[Key]> }
    : T;

const tried = {
  ...candidate,
  text: 'diff',
  givenHash: '9f',
  insteadOf: 'x.patch',
  environment: { A: 'b' },
  tests: ['a*'],
};
const scope = { match: 'a*', series: ['6.12'], only: ['v1'], except: ['v2'] };

/** What the other samples lack. */
const everything: Whole<RunRecord> = {
  ...rich,
  shard: { index: 1, total: 2 },
  shardProblems: ['shard 2 of 2 is missing'],
  stopped: ['--fail-fast'],
  proof: {
    name: 'p',
    title: 't',
    expectations: [
      { ...scope, kind: 'tests', text: 'one', base: 'fail', candidate: 'pass' },
      { ...scope, kind: 'drops', text: 'two', reason: 'X', base: 'absent', candidate: 'some' },
    ],
    knownHarm: [{ patch: ['9f', '8e'], match: 'a*', reason: 'known' }],
    leftOut: ['an expectation of other tests'],
    mutants: ['wrong'],
  },
  cells: [
    {
      ...cell,
      config: ['CONFIG_X=y'],
      makeWords: ['LLVM=1'],
      selection: { filter: ['a*'], exclude: [] },
      leftOut: ['a:b'],
      allPrograms: ['a:b'],
      image: 'debian',
      collections: [{ name: 'a', folder: 'selftests/a' }],
      candidates: [tried],
      mutants: [{ ...tried, text: 'wrong', programs: ['a:b'], leftOut: [] }],
    },
  ],
  kernels: rich.kernels.map((it) => ({ ...it, lacks: ['CONFIG_Y: not on x86_64'] })),
  boots: rich.boots.map((it) => ({ ...it, image: '7c', consoleTail: ['the last line'] })),
  attempts: rich.attempts.map((it) => ({
    ...it,
    results: it.results.map((one) => ({ ...one, timeline: ['1 data'] })),
  })),
  failures: [
    {
      cell: cell.id,
      variant: 'v2',
      stage: 'boot',
      code: 'boot-panic',
      message: 'm',
      evidence: ['e'],
      remedy: 'r',
      log: 'l',
      times: 2,
    },
  ],
};

describe('evidence.json', () => {
  it.each([
    ['a real run', recorded],
    ['a rich run', rich],
    ['a run with timelines', raced],
    ['an interrupted run', interrupted],
    ['a hostile run', hostile],
    ['every optional part', everything],
  ])('of %s fits its schema and comes back whole', (_name, run) => {
    const read: RunRecord = evidenceSchema.parse(
      JSON.parse(evidenceJson.render(run, verdictOf(run))),
    );
    // What the schema does not know would be missing here.
    expect(read).toEqual(run);
  });

  it.each([
    { name: 'another version', change: { version: 2 } },
    { name: 'a boot without an end', change: { boots: [{ ...rich.boots[0], end: undefined }] } },
    {
      name: 'a count below zero',
      change: { attempts: [{ ...rich.attempts[0], drops: { X: -1 } }] },
    },
  ])('with $name does not', ({ change }) => {
    expect(evidenceSchema.safeParse({ ...rich, ...change }).success).toBe(false);
  });

  it('has a shipped JSON Schema that is the one of the code (`vitest -u` writes it anew)', async () => {
    const schema = JSON.stringify(evidenceJsonSchema());
    const text = await format(schema, { parser: 'json', printWidth: 100 });
    await expect(text).toMatchFileSnapshot('../../runner/report/evidence.schema.json');
  });
});
