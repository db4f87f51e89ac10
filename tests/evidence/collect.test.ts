// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BootCollector } from '../../runner/evidence/collect.ts';
import type { Collected } from '../../runner/evidence/collect.ts';
import type { BootEnd, GuestEvent, GuestTest } from '../../runner/vm/model.ts';

const tests: GuestTest[] = ['t:one', 't:two'].map((id) => ({
  id,
  program: `/t/${id}`,
  args: [],
  cwd: '/t',
  timeoutMs: 1000,
}));
const hello: GuestEvent = {
  type: 'hello',
  at: 0,
  release: '6.12.0',
  machine: 'x86_64',
  cpus: 2,
  dropTable: { '2': 'NOT_SPECIFIED', '7': 'SOCKET_REPAIR' },
};
const complete: BootEnd = { kind: 'complete' };
type Finished = Extract<GuestEvent, { type: 'test-finished' }>;

/** The events of one program. */
function ran(test: number, output: string, end: Partial<Finished> = {}): GuestEvent[] {
  return [
    { type: 'test-started', at: 10, test },
    { type: 'output', at: 11, test, data: output },
    {
      type: 'test-finished',
      at: 40,
      test,
      exitCode: 0,
      signal: null,
      timedOut: false,
      drops: {},
      dropsLost: 0,
      ...end,
    },
  ];
}

const job = { cell: 'c', variant: 'base', boot: 1, tests, attempts: [1, 2] };

function collect(events: readonly GuestEvent[], end: BootEnd = complete): Collected {
  const collector = new BootCollector(job);
  for (const event of events) collector.push(event);
  return collector.finish(end);
}

function outcomes(collected: Collected): string[][] {
  return collected.attempts.map((it) =>
    it.results.map(({ name, outcome }) => `${name} ${outcome}`),
  );
}

const good = 'TAP version 13\n1..2\nok 1 a\nok 2 b\n';

describe('BootCollector', () => {
  it('makes an attempt of a program, with drops by name', () => {
    const [attempt] = collect([
      hello,
      ...ran(1, good, { drops: { '7': 12, '2': 1, '131072': 4, '9': 1 } }),
    ]).attempts;
    expect(attempt).toEqual({
      cell: 'c',
      variant: 'base',
      boot: 1,
      program: 't:two',
      attempt: 2,
      durationMs: 30,
      exit: { exitCode: 0, signal: null, timedOut: false },
      results: ['a', 'b'].map((it) => ({
        name: `t:two/${it}`,
        outcome: 'pass',
        reason: null,
        diagnostics: [],
        counters: {},
      })),
      problems: [],
      drops: { SOCKET_REPAIR: 12, NOT_SPECIFIED: 1, 'subsystem-0x20000': 4, 'unknown-9': 1 },
      dropsLost: 0,
    });
  });

  it('tells what the kernel is', () => {
    expect(collect([hello])).toMatchObject({
      release: '6.12.0',
      reasons: ['NOT_SPECIFIED', 'SOCKET_REPAIR'],
    });
    expect(collect([])).toMatchObject({ release: null, reasons: null, attempts: [] });
  });

  it('cannot name drops without a table', () => {
    const events = [{ ...hello, dropTable: null }, ...ran(0, good, { drops: { '7': 1 } })];
    expect(collect(events)).toMatchObject({ reasons: null, attempts: [{ drops: null }] });
  });

  it('hands out leaf results as their lines come', () => {
    const live: string[] = [];
    const collector = new BootCollector(job, (name, outcome) => live.push(`${name} ${outcome}`));
    const begun = ran(0, 'TAP version 13\n1..2\nok 1 a\nnot ok').slice(0, 2);
    for (const event of [hello, ...begun]) collector.push(event);
    expect(live).toEqual(['t:one/a pass']);
    collector.push({ type: 'output', at: 12, test: 0, data: ' 2 b\n' });
    expect(live).toEqual(['t:one/a pass', 't:one/b fail']);
  });

  it('ties counters to the test that printed them', () => {
    const output = `TAP version 13
1..3
#  RUN           f.v4.a ...
# counters: repair_segs=12 sk_drops=12 repair_hist=untraced
# counters: repair_segs=3 bad=-1 x
#            OK  f.v4.a
ok 1 f.v4.a
#  RUN           f.v4.b ...
ok 2 f.v4.b
#  RUN           f.v4.c ...
# counters: repair_segs=1
ok 3 f.v4.c
`;
    const [attempt] = collect([hello, ...ran(0, output)]).attempts;
    expect(attempt?.results.map((it) => it.counters)).toEqual([
      { repair_segs: 15, sk_drops: 12, repair_hist: 'untraced' },
      {},
      { repair_segs: 1 },
    ]);
  });

  it.each([
    [0, 'pass'],
    [1, 'fail'],
    [2, 'xfail'],
    [3, 'xpass'],
    [4, 'skip'],
    [124, 'timeout'],
    [127, 'fail'],
  ])('a program without KTAP that exits %i is %s', (exitCode, outcome) => {
    const collected = collect([hello, ...ran(0, 'hello\n', { exitCode })]);
    expect(outcomes(collected)).toEqual([[`t:one ${outcome}`]]);
    expect(collected.attempts[0]?.results[0]?.reason).toBe(`no KTAP; exit ${exitCode}`);
  });

  it.each<[string, string, Partial<Finished>, string[]]>([
    [
      'a failing exit though all passed',
      good,
      { exitCode: 1 },
      ['t:one/a pass', 't:one/b pass', 't:one error'],
    ],
    [
      'a good exit though one failed',
      'TAP version 13\n1..1\nnot ok 1 a\n',
      {},
      ['t:one/a fail', 't:one error'],
    ],
    [
      'a failing exit and a failure',
      'TAP version 13\n1..1\nnot ok 1 a\n',
      { exitCode: 1 },
      ['t:one/a fail'],
    ],
    [
      'a skipping exit and skips',
      'TAP version 13\n1..1\nok 1 a # SKIP no\n',
      { exitCode: 4 },
      ['t:one/a skip'],
    ],
    ['a plan not fulfilled', 'TAP version 13\n1..3\nok 1 a\n', {}, ['t:one/a pass', 't:one error']],
    [
      'a bail-out',
      'TAP version 13\n1..1\nok 1 a\nBail out! broken\n',
      {},
      ['t:one/a pass', 't:one error'],
    ],
    [
      'a signal in mid-test',
      'TAP version 13\n1..1\n#  RUN           a ...\n',
      { exitCode: null, signal: 11 },
      ['t:one/a crashed', 't:one crashed'],
    ],
    [
      'a signal after the last test',
      good,
      { exitCode: null, signal: 11 },
      ['t:one/a pass', 't:one/b pass', 't:one crashed'],
    ],
    [
      'a timeout in mid-test',
      'TAP version 13\n1..1\n#  RUN           a ...\n',
      { exitCode: null, signal: 9, timedOut: true },
      ['t:one/a timeout', 't:one timeout'],
    ],
    [
      'a timeout with no test in flight',
      good,
      { exitCode: null, signal: 9, timedOut: true },
      ['t:one/a pass', 't:one/b pass', 't:one timeout'],
    ],
  ])('%s', (_what, output, end, expected) => {
    expect(outcomes(collect([hello, ...ran(0, output, end)]))).toEqual([expected]);
  });

  describe('a guest that goes away in mid-test', () => {
    const output = 'TAP version 13\n1..3\n#  RUN           a ...\nok 1 a\n#  RUN           b ...\n';
    const events = [hello, ...ran(0, good), ...ran(1, output).slice(0, 2)];

    it.each<[BootEnd, string[]]>([
      [{ kind: 'panic', lines: ['x'] }, ['t:two/a pass', 't:two/b crashed', 't:two crashed']],
      [
        { kind: 'timeout', during: 'test', test: 1 },
        ['t:two/a pass', 't:two/b timeout', 't:two timeout'],
      ],
      [{ kind: 'vm-lost', detail: 'x' }, ['t:two/a pass']],
      [{ kind: 'canceled' }, ['t:two/a pass']],
    ])('%o', (end, expected) => {
      const collected = collect(events, end);
      expect(outcomes(collected)).toEqual([['t:one/a pass', 't:one/b pass'], expected]);
      expect(collected.attempts[1]).toMatchObject({
        exit: null,
        drops: null,
        dropsLost: null,
        problems: [`cut off: ${end.kind}`],
      });
    });

    it('before a test announced itself, the program has crashed', () => {
      const collected = collect([hello, ...ran(0, '').slice(0, 1)], { kind: 'panic', lines: [] });
      expect(outcomes(collected)).toEqual([['t:one crashed']]);
    });
  });

  it('takes output cut anywhere', () => {
    const whole = outcomes(collect([hello, ...ran(0, good)]));
    fc.assert(
      fc.property(fc.array(fc.nat(good.length)), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), good.length];
        const pieces = edges.slice(1).map((end, i): GuestEvent => ({
          type: 'output',
          at: 11,
          test: 0,
          data: good.slice(edges[i], end),
        }));
        const [start, , finish] = ran(0, good) as [GuestEvent, GuestEvent, GuestEvent];
        expect(outcomes(collect([hello, start, ...pieces, finish]))).toEqual(whole);
      }),
    );
  });

  it('is not shaken by events that make no sense', () => {
    const odd = [
      ...ran(9, good),
      { type: 'output', at: 1, test: 0, data: 'x' },
      { type: 'test-finished', at: 1, test: 0 },
      { type: 'of-a-newer-agent', at: 1 },
    ] as unknown as GuestEvent[];
    expect(collect([hello, ...odd, ...ran(0, good)]).attempts).toHaveLength(1);
  });
});
