// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossCheck } from '../../../runner/evidence/ktap/crosscheck.ts';
import { KtapReader, printTree, toJson, toTap14 } from '../../../runner/evidence/ktap/index.ts';
import { read } from './helpers.ts';

// Pieces of protocol in any order: nearer to what breaks a reader than random bytes are.
const PIECES = [
  '\n',
  '\n',
  '\n',
  '\r',
  ' ',
  '  ',
  '    ',
  '# ',
  '# # ',
  '#',
  '\t',
  '\u0000',
  '\u001b[1m',
  'KTAP version 1',
  'TAP version 13',
  'TAP version 99',
  '1..2',
  '1..0',
  '1..0 # SKIP x',
  'ok 1 a',
  'not ok 2 b',
  'ok 3',
  'ok',
  'not ok',
  'ok - a {',
  'ok 1 # SKIP',
  'ok 99999999 z',
  ' # SKIP why',
  ' # TODO',
  ' # XPASS',
  ' # TIMEOUT 1',
  ' # exit=1',
  ' #  x',
  ' \\# {',
  '{',
  '# Subtest: s',
  '#  RUN           r.s ...',
  '# selftests: d: t',
  'Bail out! b',
  '# Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:0',
  '# FAILED: 1 / 2 tests passed.',
  '[    1.000001] printk',
  '<6>',
  '[  T1]',
  '---',
  '...',
  'pragma +bail',
  'é',
  '\uFFFD',
];
const piece = fc.constantFrom(...PIECES);
const protocol = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));

describe('hostile input', () => {
  it('never throws on bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(read(bytes).ok).toBe(false);
      }),
    );
  });

  it('never throws on protocol in disorder, and all its outputs hold together', () => {
    fc.assert(
      fc.property(protocol, (log) => {
        const report = read(log);
        expect(printTree(report)).toContain(report.ok ? '\nok: ' : 'not ok: ');
        expect(JSON.parse(JSON.stringify(toJson(report)))).toEqual(toJson(report));
        expect(crossCheck(report)).toEqual([]);
        expect(toTap14(report)).not.toContain('\r');
      }),
      { numRuns: 2000 },
    );
  });

  it('is green only with a pass, and with no failure that the log holds at an open level', () => {
    fc.assert(
      fc.property(protocol, (log) => {
        const report = read(`TAP version 13\nnot ok 1 first # exit=1\n${log}`);
        expect(report.ok).toBe(false);
      }),
    );
  });
});

// Seconds differ from host to host, so time is held against a plain loop that only decodes and splits 10 MB of usual
// lines. The reader needs 5 to 120 times as long; what is quadratic in a line or in the tests needs thousands.
const SIZE = 10 * 1024 * 1024;
const FACTOR = 400;
const fill = (text: string) => text.repeat(Math.ceil(SIZE / text.length));

describe('10 MB in linear time', () => {
  it.each<[string, string]>([
    ['results', 'TAP version 13\n' + fill('ok 1 a name of usual length # SKIP for a reason\n')],
    ['log lines', 'TAP version 13\n' + fill('# what a test has to say about its doings\n')],
    ['one line', fill('x')],
    ['one line of hashes', fill('# ')],
    ['one line of brackets', fill('[ 1.123456')],
    ['long lines of brackets', fill('x' + '[ 1.123456'.repeat(6000) + '\n')],
    ['long lines of blanks', 'TAP version 13\n' + fill(`ok 1 a${' '.repeat(60_000)}#\n`)],
    ['long lines of directives', 'TAP version 13\n' + fill(`ok 1 ${'# SKIP'.repeat(9000)}\n`)],
    ['long lines of escapes', fill('\u001b]'.repeat(30_000) + '\n')],
    ['long announcements', 'TAP version 13\n' + fill(`#  RUN   x${' '.repeat(60_000)}y\n`)],
    ['plans of a billion', fill('1..999999999\n# and something of usual length behind it\n')],
    ['nesting', fill('TAP version 13\n1..1\n  TAP version 13\n  1..1\n  ok 1 a\nok 1 b\n')],
  ])('%s', (_, log) => {
    const bytes = new TextEncoder().encode(log);
    const yardstick = timeOf(() => {
      let length = 0;
      for (const line of new TextDecoder().decode(YARD).split('\n'))
        length += line.trimEnd().length;
      return length;
    });
    const time = timeOf(() => {
      const reader = new KtapReader();
      for (let at = 0; at < bytes.length; at += 65_536)
        reader.push(bytes.subarray(at, at + 65_536));
      return reader.end();
    });
    expect(time / yardstick).toBeLessThan(FACTOR);
  });
});

const YARD = new TextEncoder().encode(fill('a line of some forty characters, or so.\n'));

function timeOf(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}
