// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { Recorder } from '../../runner/evidence/record.ts';
import { Sharer } from '../../runner/evidence/share.ts';
import { rich } from '../report/rich.ts';

it('gives back equal values, the same one for equal ones', () => {
  const sharer = new Sharer();
  const value = { name: 'a', list: ['x', 'y'], deep: [{ n: 1, none: null, yes: true }] };
  const one = sharer.share(structuredClone(value));
  const two = sharer.share(structuredClone(value));
  expect(one).toEqual(value);
  expect(two).toBe(one);
  const other = sharer.share({ ...structuredClone(value), name: 'b' });
  expect(other).not.toBe(one);
  expect(other.list).toBe(one.list);
  expect(other.deep).toBe(one.deep);
});

it('tells apart what only looks alike', () => {
  const sharer = new Sharer();
  for (const value of ['1', 1, null, 'null', [1], ['1'], [], {}, { 0: 1 }]) {
    expect(sharer.share(value)).toEqual(value);
  }
});

it('shares the parts of what is too long to come again whole', () => {
  const sharer = new Sharer();
  const long = (name: string) => ({ name, parts: Array.from({ length: 500 }, () => ({ n: 'x' })) });
  const [one, two] = ['a', 'b'].map((name) => sharer.share(long(name)));
  expect(one).toEqual(long('a'));
  expect(two?.parts[0]).toBe(one?.parts[0]);
});

it('a record keeps the consoles of many boots only where one did not go well', () => {
  const recorder = new Recorder();
  const [boot] = rich.boots;
  if (boot === undefined) throw new Error('the sample has no boot');
  const well = { ...boot, end: { kind: 'complete', detail: '' }, splats: [] };
  for (let index = 0; index < 600; index++)
    recorder.push({ time: 0, type: 'boot-finished', boot: { ...well, boot: index } });
  recorder.push({
    time: 0,
    type: 'boot-finished',
    boot: { ...well, boot: 600, end: { kind: 'panic', detail: 'it died' } },
  });
  const tails = recorder.record().boots.map((it) => it.consoleTail !== undefined);
  expect(tails.filter(Boolean)).toHaveLength(501);
  expect(tails.slice(499, 501)).toEqual([true, false]);
  expect(tails.at(-1)).toBe(true);
});

it('a record that was taken does not grow with the events that follow', () => {
  const recorder = new Recorder();
  const before = recorder.record();
  for (const cell of rich.cells) recorder.push({ time: 0, type: 'cell-planned', cell });
  expect(before.cells).toHaveLength(0);
  expect(recorder.record().cells).toEqual(rich.cells);
});
