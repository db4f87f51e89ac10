// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { isSelected, selectTests, speaksOf } from '../../runner/proof/select.ts';

const known = [
  { program: 't:harness', tests: ['t:harness/f.a.x', 't:harness/f.b.x'] },
  { program: 't:script', tests: null },
];

describe('a selection', () => {
  it.each([
    [['t:harness'], [], [['t:harness', null]], ['t:script']],
    [['harness'], [], [['t:harness', null]], ['t:script']],
    [['*a*'], [], [['t:harness', null]], ['t:script']],
    [['*.a.*'], [], [['t:harness', ['t:harness/f.a.x']]], ['t:harness/f.b.x', 't:script']],
    [['script/anything'], [], [['t:script', null]], ['t:harness/f.a.x', 't:harness/f.b.x']],
    [
      [],
      ['*.b.*', 'script'],
      [['t:harness', ['t:harness/f.a.x']]],
      ['t:harness/f.b.x', 't:script'],
    ],
    [
      ['*'],
      ['script/one'],
      [
        ['t:harness', null],
        ['t:script', null],
      ],
      [],
    ],
  ])('%j without %j', (filter, exclude, run, leftOut) => {
    const chosen = selectTests({ filter, exclude }, known);
    expect(chosen.run.map(({ program, tests }) => [program, tests])).toEqual(run);
    expect(chosen.leftOut).toEqual(leftOut);
  });

  it('of a test: a glob for its program is one for it, and --exclude wins', () => {
    const one = { filter: ['script'], exclude: ['script/b*'] };
    expect(isSelected(one, 't:script/a')).toBe(true);
    expect(isSelected(one, 't:script/b')).toBe(false);
    expect(isSelected(one, 't:other/a')).toBe(false);
  });

  it('leaves out what an expectation speaks of, also where only the program is known', () => {
    expect(speaksOf('t:harness/*.b.*', 't:harness/f.b.x')).toBe(true);
    expect(speaksOf('t:harness/*.b.*', 't:harness/f.a.x')).toBe(false);
    expect(speaksOf('t:script/one', 't:script')).toBe(true);
    expect(speaksOf('t:script/one', 't:harness')).toBe(false);
  });
});
