// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../runner/proof/glob.ts';
import { nearest } from '../../runner/proof/nearest.ts';
import { pointAt } from '../../runner/proof/source.ts';

describe('matchesGlob', () => {
  it.each([
    ['*', '', true],
    ['a*c', 'abbc', true],
    ['a*c', 'abcd', false],
    ['tcp:frozen/*', 'tcp:frozen/ipv4.rcv_seq', true],
    ['tcp:frozen/*', 'tcp:handover/ipv4', false],
    ['a.c', 'abc', false],
    ['', '', true],
    ['', 'a', false],
    ['*x*y*', 'axbyc', true],
  ])('%s on %s', (glob, text, expected) => {
    expect(matchesGlob(glob, text)).toBe(expected);
  });

  it('agrees with a regular expression', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    fc.assert(
      fc.property(
        word,
        fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }),
        (glob, text) => {
          const pattern = new RegExp(`^${glob.replaceAll('*', '.*')}$`);
          expect(matchesGlob(glob, text)).toBe(pattern.test(text));
        },
      ),
    );
  });
});

describe('nearest', () => {
  it.each([
    ['kernel', 'kernels'],
    ['proflies', 'profiles'],
    ['NAME', 'name'],
    ['xyz', undefined],
  ])('%s', (word, expected) => {
    expect(nearest(word, ['kernels', 'profiles', 'name', 'tests'])).toBe(expected);
  });
});

describe('pointAt', () => {
  it('keeps the caret right after tabs and far out', () => {
    expect(pointAt('\ta: b', { line: 1, column: 5 })).toEqual(['1 | \ta: b', '  | \t   ^']);
    const far = pointAt(`${'x'.repeat(300)}Y`, { line: 1, column: 301 });
    expect(far[0]?.[far[1]?.indexOf('^') ?? -1]).toBe('Y');
  });
});
