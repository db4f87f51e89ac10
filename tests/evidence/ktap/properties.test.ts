// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossCheck } from '../../../runner/evidence/ktap/crosscheck.ts';
import { countedTests, KtapReader } from '../../../runner/evidence/ktap/index.ts';
import type { KtapEvent, KtapNode } from '../../../runner/evidence/ktap/index.ts';
import { forest, noise, printKtap, shapes, STYLES } from './generate.ts';
import { outline, read } from './helpers.ts';

const style = fc.constantFrom(...STYLES);
const log = fc.record({ tests: forest, style }).map(({ tests, style }) => printKtap(tests, style));

describe('whatever the tests', () => {
  it('a printed tree is read as the same tree, in every way of nesting', () => {
    fc.assert(
      fc.property(forest, style, (tests, how) => {
        const report = read(printKtap(tests, how).join('\n') + '\n');
        expect(shapes(report.tests)).toEqual(tests);
        // A generated parent may hide a failure; nothing else is irregular.
        for (const { code } of report.problems) {
          expect(['parent-hides-failure', 'no-pass']).toContain(code);
        }
      }),
    );
  });

  it('log lines in between change no test', () => {
    fc.assert(
      fc.property(log, fc.array(fc.tuple(fc.nat(), noise), { maxLength: 8 }), (lines, extra) => {
        const noisy = [...lines];
        for (const [at, text] of extra) noisy.splice(at % (noisy.length + 1), 0, text);
        const report = read(noisy.join('\n') + '\n');
        expect(shapes(report.tests)).toEqual(shapes(read(lines.join('\n') + '\n').tests));
      }),
    );
  });

  it('a printk prefix on every line changes no test', () => {
    fc.assert(
      fc.property(log, (lines) => {
        const prefixed = lines.map((line) => `<6>[    1.000001][    T1] ${line}\r\n`).join('');
        expect(shapes(read(prefixed).tests)).toEqual(shapes(read(lines.join('\n') + '\n').tests));
      }),
    );
  });

  it('the runner prefix on every line only moves them one level down', () => {
    fc.assert(
      fc.property(log, (lines) => {
        const inner = lines.map((line) => `# ${line}\n`).join('');
        const report = read(`TAP version 13\n1..1\n${inner}not ok 1 program\n`);
        expect(report.tests).toHaveLength(1);
        const alone = read(lines.join('\n') + '\n');
        expect(shapes(report.tests[0]?.children ?? [])).toEqual(shapes(alone.tests));
      }),
    );
  });

  it('chunk boundaries never matter, to report or events', () => {
    fc.assert(
      fc.property(log, fc.array(fc.nat(), { maxLength: 20 }), (lines, cuts) => {
        const bytes = new TextEncoder().encode(lines.join('\r\n'));
        const seen: KtapEvent[][] = [[], []];
        const [whole, pieces] = seen.map((list) => new KtapReader((event) => list.push(event)));
        whole?.push(bytes);
        let from = 0;
        for (const cut of cuts.map((n) => n % bytes.length).toSorted((a, b) => a - b)) {
          pieces?.push(bytes.subarray(from, cut));
          from = cut;
        }
        pieces?.push(bytes.subarray(from));
        expect(pieces?.end()).toEqual(whole?.end());
        expect(seen[1]).toEqual(seen[0]);
      }),
    );
  });

  it('a stream that breaks off anywhere loses no result and is never green', () => {
    fc.assert(
      fc.property(log, fc.nat(), (lines, cut) => {
        const kept = lines.slice(0, cut % lines.length);
        const report = read(kept.map((line) => `${line}\n`).join(''));
        expect(report.ok).toBe(false);
        const whole = read(lines.join('\n') + '\n');
        const results = (tests: readonly KtapNode[]): string[] =>
          tests.flatMap((test) => [...results(test.children), `${test.outcome} ${test.name}`]);
        // Results come out children first, as they were printed; what was made up for the plan stands apart.
        const printed = results(report.tests).filter((text) => !/^(crashed|notRun) /.test(text));
        expect(results(whole.tests).slice(0, printed.length)).toEqual(printed);
      }),
    );
  });

  it('tap-parser agrees with the normalised stream, also of a broken log', () => {
    fc.assert(
      fc.property(log, fc.nat(), (lines, cut) => {
        expect(crossCheck(read(lines.join('\n') + '\n'))).toEqual([]);
        const broken = lines.filter((_, index) => index !== cut % lines.length);
        expect(crossCheck(read(broken.join('\n') + '\n'))).toEqual([]);
      }),
    );
  });

  it('paths are unique, and counts are those of the tests that count', () => {
    fc.assert(
      fc.property(log, (lines) => {
        const report = read([...lines, ...lines].join('\n') + '\n');
        const paths = outline(report.tests).map((text) => text.slice(text.indexOf(' ')));
        expect(new Set(paths).size).toBe(paths.length);
        const sum = Object.values(report.counts).reduce((a, b) => a + b, 0);
        expect(sum).toBe(countedTests(report.tests).length);
      }),
    );
  });
});
