// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cleanLine,
  LineSplitter,
  MAX_LINE,
  printkInside,
} from '../../../runner/evidence/ktap/lines.ts';
import type { RawLine } from '../../../runner/evidence/ktap/lines.ts';

function splitLines(...chunks: (Uint8Array | string)[]): RawLine[] {
  const lines: RawLine[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('LineSplitter', () => {
  it('numbers lines from 1 and tells an unfinished one', () => {
    expect(splitLines('a\n\nb')).toEqual([
      { text: 'a', number: 1, dropped: 0, terminated: true },
      { text: '', number: 2, dropped: 0, terminated: true },
      { text: 'b', number: 3, dropped: 0, terminated: false },
    ]);
    expect(splitLines('')).toEqual([]);
  });

  it('puts a character together that two chunks share', () => {
    const euro = bytes('€\n');
    expect(splitLines(euro.slice(0, 1), euro.slice(1, 2), euro.slice(2))[0]?.text).toBe('€');
    expect(splitLines(euro.slice(0, 2))[0]?.text).toBe('\uFFFD');
  });

  it('cuts a line at the cap and counts the rest, however it arrives', () => {
    const line = `${'x'.repeat(MAX_LINE + 5)}\ny\n`;
    expect(splitLines(line).map((l) => [l.text.length, l.dropped])).toEqual([
      [MAX_LINE, 5],
      [1, 0],
    ]);
    expect(splitLines(...(line.match(/[^]{1,1000}/g) ?? []))).toEqual(splitLines(line));
  });

  it('gives the same lines for any cutting into chunks', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.nat(200), { maxLength: 10 }),
        (data, cuts) => {
          const chunks: Uint8Array[] = [];
          let from = 0;
          for (const cut of [...cuts.toSorted((a, b) => a - b), data.length]) {
            chunks.push(data.slice(from, cut));
            from = Math.max(from, cut);
          }
          expect(splitLines(...chunks)).toEqual(splitLines(data));
        },
      ),
    );
  });
});

describe('cleanLine', () => {
  it.each([
    ['plain', ['plain']],
    ['  indent stays', ['  indent stays']],
    ['blanks at the end go \t', ['blanks at the end go']],
    ['', []],
    ['\r', []],
    ['serial\r\r', ['serial']],
    [' 50%\rok 1 a', [' 50%', 'ok 1 a']],
    ['\u001b[1;32mok 1\u001b[0m a', ['ok 1 a']],
    ['\u001b]0;title\u0007ok 1 a', ['ok 1 a']],
    ['\u001b]0;title\u001b\\ok 1 a', ['ok 1 a']],
    ['\u001b]never closed ok 1 a', ['never closed ok 1 a']],
    ['\u001b(Bok\u001b=', ['ok']],
    ['\u0000\u0007\uFEFFok 1 a\u007f', ['ok 1 a']],
    ['<6>ok 1 a', ['ok 1 a']],
    ['[    1.234567] ok 1 a', ['ok 1 a']],
    ['[1.23] ok 1 a', ['ok 1 a']],
    ['<6>[    1.234567][  T123]   ok 1 a', ['  ok 1 a']],
    ['[    1.234567][    C0] ok 1 a', ['ok 1 a']],
    ['[    1.234567]     # Subtest: a', ['    # Subtest: a']],
    ['[ 9.0] [    1.234567] ok 1 a', ['ok 1 a']],
    ['[not a time] x', ['[not a time] x']],
    ['<8 is not a level', ['<8 is not a level']],
  ])('%j -> %j', (line, texts) => {
    expect(cleanLine(line)).toEqual(texts);
  });
});

describe('printkInside', () => {
  it.each([
    ['ok 1 a[   12.345678] br0: up', 6],
    ['ok 1 a<6>[   12.345678][  T77] br0: up', 6],
    ['ok 1 a[   12.345678]', 6],
    ['ok 1 a', -1],
    ['ok 1 a[1]', -1],
    ['ok 1 version[1.5] of it', -1],
    ['ok 1 a[   12.345678]x', -1],
  ])('%j at %i', (line, at) => {
    expect(printkInside(line)).toBe(at);
  });
});
