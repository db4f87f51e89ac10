// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  duration,
  padEnd,
  plainLine,
  plainText,
  shorten,
  widthOf,
  wrap,
} from '../../runner/report/text.ts';

describe('plainText', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]0;title\u0007x', 'x'],
    ['a\r\nb\rc', 'a\nbc'],
    ['a\tb', 'a  b'],
    ['\u0000\u0008\u007f\u009b', ''],
    ['abc\u202edef\u2066\u200b', 'abcdef'],
    ['é 漢字', 'é 漢字'],
  ])('%j', (text, expected) => {
    expect(plainText(text)).toBe(expected);
  });

  it('leaves no control character, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(plainLine(text)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

it('widthOf counts columns', () => {
  expect(['abc', '漢字', 'e\u0301', '', '😀'].map((it) => widthOf(it))).toEqual([3, 4, 1, 0, 2]);
});

it('wrap keeps to the width and loses nothing', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'bc', ' ', '漢', 'long-word') });
  fc.assert(
    fc.property(text, fc.integer({ min: 2, max: 30 }), (it, width) => {
      const lines = wrap(it, width);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      expect(lines.join('').replaceAll(' ', '')).toBe(it.replaceAll(' ', ''));
    }),
  );
});

it('shorten shows that it cut, padEnd never cuts', () => {
  expect(shorten('abcdefgh', 6)).toBe('abc...');
  expect(shorten('abc', 6)).toBe('abc');
  expect(padEnd('漢', 4)).toBe('漢  ');
  expect(padEnd('abcdef', 4)).toBe('abcdef');
});

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [12_340, '12.3 s'],
  [59_400, '59.4 s'],
  [59_900, '1 min 00 s'],
  [245_000, '4 min 05 s'],
  [3_720_000, '1 h 02 min'],
])('%i ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});
