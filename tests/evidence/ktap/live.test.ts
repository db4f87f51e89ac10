// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { KtapReader } from '../../../runner/evidence/ktap/index.ts';
import type { KtapEvent } from '../../../runner/evidence/ktap/index.ts';
import { events } from './helpers.ts';

describe('live events', () => {
  it('hands a result out as soon as its newline is there', () => {
    const seen: KtapEvent[] = [];
    const reader = new KtapReader((event) => seen.push(event));
    reader.push('TAP version 13\n1..2\nok 1 first');
    expect(seen.map((event) => event.type)).toEqual(['plan']);
    reader.push('\n');
    expect(seen.at(-1)).toEqual({
      type: 'result',
      name: 'first',
      id: 1,
      outcome: 'pass',
      directive: null,
      line: 3,
      parents: [],
    });
  });

  it('names what is in flight, outermost first, until its result', () => {
    const reader = new KtapReader();
    reader.push('TAP version 13\n1..1\n# selftests: net: repair\n# TAP version 13\n# 1..2\n');
    expect(reader.inFlight).toEqual(['selftests: net: repair']);
    reader.push('# #  RUN           repair.race ...\n');
    expect(reader.inFlight).toEqual(['selftests: net: repair', 'repair.race']);
    reader.push('# #            OK  repair.race\n# ok 1 repair.race\n');
    expect(reader.inFlight).toEqual(['selftests: net: repair']);
    reader.push('ok 1 selftests: net: repair\n');
    expect(reader.inFlight).toEqual([]);
  });

  it('tells starts, log lines with their test, bail-outs and problems', () => {
    const log = [
      'TAP version 13',
      '1..2',
      '#  RUN           a.b ...',
      '# a remark',
      'Bail out! no luck',
    ].join('\n');
    expect(events(`${log}\n`)).toMatchObject([
      { type: 'plan', planned: 2 },
      { type: 'test-started', name: 'a.b', line: 3 },
      { type: 'diagnostic', test: 'a.b', text: 'a remark' },
      { type: 'problem', problem: { code: 'bail-out' } },
      { type: 'bail-out', reason: 'no luck' },
      { type: 'problem', problem: { code: 'no-result' } },
      { type: 'result', name: 'a.b', outcome: 'error', directive: 'no luck' },
      { type: 'problem', problem: { code: 'plan-unfulfilled' } },
      { type: 'result', name: '(test 2)', outcome: 'notRun' },
      { type: 'problem', problem: { code: 'no-results' } },
    ]);
  });

  it('gives the names of parents where they are known', () => {
    const log =
      'TAP version 13\n1..1\n  KTAP version 1\n  # Subtest: outer\n  1..1\n  ok 1 inner\n';
    const result = events(log).find((event) => event.type === 'result');
    expect(result).toMatchObject({ name: 'inner', parents: ['outer'] });
    const unnamed = events(log.replace('  # Subtest: outer\n', ''));
    expect(unnamed.find((event) => event.type === 'result')).toMatchObject({ parents: [null] });
  });

  it('calls what is in flight a timeout where the caller ended the stream for that', () => {
    const reader = new KtapReader();
    reader.push('TAP version 13\n1..2\n#  RUN           a.hang ...\n');
    expect(reader.end('timeout').counts).toMatchObject({ timeout: 1, notRun: 1, crashed: 0 });
  });

  it('ends once, and takes nothing afterwards', () => {
    const reader = new KtapReader();
    reader.push('TAP version 13\n1..1\nok 1 a\n');
    expect(reader.end()).toBe(reader.end());
    expect(() => {
      reader.push('ok 2 b\n');
    }).toThrow('after end');
  });
});
