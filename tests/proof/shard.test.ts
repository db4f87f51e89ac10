// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrixOf } from '../../runner/proof/matrix.ts';
import type { Plan } from '../../runner/proof/model.ts';
import { longestPart, parseShard, splitPrograms } from '../../runner/proof/shard.ts';

const programs = ['t:a', 't:b', 't:c', 't:d', 't:e'];

it.each([
  ['1/1', { index: 1, total: 1 }],
  ['2/4', { index: 2, total: 4 }],
  ['0/4', undefined],
  ['5/4', undefined],
  ['1/0', undefined],
  ['1', undefined],
  ['a/b', undefined],
  ['1/4 ', undefined],
])('%j is %j', (text, expected) => {
  expect(parseShard(text)).toEqual(expected);
});

describe('splitPrograms', () => {
  it('loses none and doubles none, whatever took how long', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string(), { maxLength: 20 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.tuple(fc.nat(19), fc.nat(100_000))),
        (names, total, times) => {
          const durations = new Map(times.map(([index, ms]) => [names[index] ?? '', ms]));
          const parts = splitPrograms(names, total, durations);
          expect(parts).toHaveLength(total);
          expect(parts.flat().toSorted()).toEqual(names.toSorted());
        },
      ),
    );
  });

  it('gives every part about the same time', () => {
    const durations = new Map([
      ['t:a', 60_000],
      ['t:b', 30_000],
      ['t:c', 20_000],
      ['t:d', 10_000],
    ]);
    expect(splitPrograms(programs.slice(0, 4), 2, durations)).toEqual([
      ['t:a'],
      ['t:b', 't:c', 't:d'],
    ]);
    expect(longestPart(programs.slice(0, 4), 2, durations)).toBe(60_000);
  });

  it('takes a program that was never timed for an average one', () => {
    const durations = new Map([
      ['t:a', 10_000],
      ['t:b', 30_000],
    ]);
    expect(splitPrograms(['t:a', 't:b', 't:new'], 2, durations)).toEqual([
      ['t:b'],
      ['t:a', 't:new'],
    ]);
  });

  it('leaves the last parts empty when there are more than programs', () => {
    expect(splitPrograms(['t:a'], 3, new Map())).toEqual([['t:a'], [], []]);
  });
});

describe('matrixOf', () => {
  const plan = (kernels: string[], candidates = ['patched']): Plan => ({
    proof: {
      name: 'p',
      title: 'p',
      patches: [],
      candidates: {},
      mutants: [],
      kernels,
      profiles: ['lean'],
      cpus: 2,
      memory: 1024,
      image: 'agent',
      tests: [],
      expectations: [],
      leftOut: [],
      knownHarm: [],
    },
    cells: kernels.map((kernel) => ({
      id: `${kernel}/lean`,
      kernel,
      profile: 'lean',
      candidates: candidates.map((name) => ({ name, file: `/p/${name}.patch` })),
      mutants: [],
      tests: [],
      image: 'agent',
      why: '',
    })),
  });
  const none = { cells: new Map<string, Map<string, number>>() };

  it('is one job for each kernel, profile and candidate', () => {
    expect(matrixOf(plan(['6.1', '6.12'], ['v1', 'v2']), undefined, none)).toEqual(
      ['6.1', '6.12'].flatMap((kernel) =>
        ['v1', 'v2'].map((candidate) => ({
          id: `${kernel}-lean-${candidate}`,
          kernel,
          profile: 'lean',
          candidate,
          patch: `${candidate}=/p/${candidate}.patch`,
          named: '',
          shard: '1/1',
          seconds: null,
        })),
      ),
    );
  });

  it('gives further shards to the cell that takes longest', () => {
    const cells = new Map([
      ['6.1/lean', new Map(programs.map((it) => [it, 40_000]))],
      ['6.12/lean', new Map(programs.map((it) => [it, 1000]))],
    ]);
    const found = matrixOf(plan(['6.1', '6.12']), 6, { cells });
    expect(found.map(({ id, seconds }) => [id, seconds])).toEqual([
      ['6.1-lean-patched-1of5', 40],
      ['6.1-lean-patched-2of5', 40],
      ['6.1-lean-patched-3of5', 40],
      ['6.1-lean-patched-4of5', 40],
      ['6.1-lean-patched-5of5', 40],
      ['6.12-lean-patched', 5],
    ]);
  });

  it('makes no shard that would save nothing', () => {
    const cells = new Map([['6.1/lean', new Map([['t:a', 1000]])]]);
    expect(matrixOf(plan(['6.1']), 10, { cells })).toHaveLength(1);
  });

  it('refuses more jobs than a CI takes, and fewer than cells', () => {
    const many = plan(Array.from({ length: 300 }, (_, index) => `6.${index}`));
    expect(() => matrixOf(many, undefined, none)).toThrow('300 jobs is more than the 256');
    expect(() => matrixOf(plan(['6.1', '6.12']), 1, none)).toThrow('2 cells, more than the 1 jobs');
  });

  it('names no job with a character that an artifact may not have', () => {
    const { proof, cells } = plan(['6.1', '6.12']);
    const forge = cells.map((it) => ({
      ...it,
      id: 'git-https-h-x/lean',
      kernel: 'git:https://h/x#v1',
    }));
    for (const { id } of matrixOf({ proof, cells: [...cells, ...forge] }, 8, none)) {
      expect(id).toMatch(/^[\w.-]+$/);
    }
  });
});
