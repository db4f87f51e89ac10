// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { raceOf } from '../../runner/evidence/race.ts';
import { ProgramReader } from '../../runner/evidence/program.ts';
import { maxTimelineLines, parseTimeline } from '../../runner/evidence/timeline.ts';
import type { Timeline } from '../../runner/evidence/timeline.ts';
import { timelineOf } from '../fixtures/timeline/lines.ts';

const exit = { exitCode: 0, signal: null, timedOut: false };
const whole = 'end, 0 left out';

function read(output: string) {
  const reader = new ProgramReader('c:p', () => undefined);
  reader.push(output);
  return reader.finish(exit).results;
}

function parsed(lines: readonly string[]): Timeline {
  const timeline = parseTimeline(lines);
  if (timeline === null) throw new Error('it does not parse');
  return timeline;
}

describe('a timeline in the output', () => {
  const told = (lines: string[]) => lines.map((it) => `# timeline: ${it}\n`).join('');

  it('belongs to the test whose result follows it, and is none of its diagnostics', () => {
    const results = read(
      `TAP version 13\n1..3\n# counters: a=1\n${told(['1.000 mark frozen', whole])}# said\nok 1 a\nok 2 b\n${told([whole])}ok 3 c\n`,
    );
    expect(results.map(({ timeline }) => timeline)).toEqual([
      ['1.000 mark frozen', whole],
      undefined,
      [whole],
    ]);
    expect(results[0]?.counters).toEqual({ a: 1 });
    expect(results[0]?.diagnostics).toEqual(['counters: a=1', 'said']);
  });

  it('is bounded, however much a test prints', () => {
    const flood = told(Array.from({ length: 3000 }, () => '1.000 mark again'));
    const [result] = read(`TAP version 13\n1..1\n${flood}ok 1 a\n`);
    expect(result?.timeline).toHaveLength(maxTimelineLines);
    expect(parseTimeline(result?.timeline ?? [])).toBeNull();
  });
});

describe('the lines', () => {
  it('say who did what to which bytes, one segment or many', () => {
    const { segments, marks, isWhole } = parsed([
      '0.000 peer sent -5+1000',
      '1.250 source dropped 995+2896 TCP_OLD_DATA until 1.500 in 2',
      '2.000 mark frozen',
      whole,
    ]);
    const one = { until: 0, segments: 1, reason: null };
    expect(segments).toEqual([
      { ...one, kind: 'sent', at: 0, host: 'peer', from: -5, to: 995 },
      {
        kind: 'dropped',
        at: 1.25,
        until: 1.5,
        host: 'source',
        from: 995,
        to: 3891,
        segments: 2,
        reason: 'TCP_OLD_DATA',
      },
    ]);
    expect(marks).toEqual([{ kind: 'mark', at: 2, word: 'frozen' }]);
    expect(isWhole).toBe(true);
  });

  it.each([
    [['0.000 peer sent 0+1', 'end, 3 left out']],
    [['0.000 peer sent 0+1', 'end, 0 left out, and what came after the buffers were full']],
  ])('of a record without room are not the whole: %j', (lines) => {
    expect(parsed(lines).isWhole).toBe(false);
  });

  it.each([
    { name: 'none', lines: [] },
    { name: 'no segment', lines: ['1.000 mark frozen', whole] },
    { name: 'no end', lines: ['0.000 peer sent 0+1'] },
    { name: 'a test that could not record', lines: ['none, open kprobe_events'] },
    { name: 'an unknown host', lines: ['0.000 router sent 0+1', whole] },
    { name: 'markup', lines: ['0.000 source dropped 0+1 <B>', whole] },
    { name: 'a number that is none', lines: ['0.000 peer sent 1e9+1', whole] },
  ])('are no timeline with $name', ({ lines }) => {
    expect(parseTimeline(lines)).toBeNull();
  });
});

describe('the race', () => {
  it('of a queue copied before its sequence number was read is a hole', () => {
    const race = raceOf(parsed(timelineOf('hole')));
    expect(race).toMatchObject({ kind: 'hole', lost: { from: 2000, to: 3000 }, recovery: null });
    expect(race.dropped.size).toBe(0);
  });

  it('of data behind the sequence number is a stall', () => {
    const race = raceOf(parsed(timelineOf('stall')));
    expect(race).toMatchObject({ kind: 'stall', lost: { from: 2000, to: 3000 } });
    expect(race.window?.from).toBeLessThan(race.window?.to ?? 0);
  });

  it('of a queue that grew under its dump is the dump that fails', () => {
    expect(raceOf(parsed(timelineOf('dump-fails')))).toMatchObject({
      kind: 'dump fails',
      lost: { from: 2000, to: 3000 },
    });
  });

  it('is none where the frozen socket drops, and the bytes come again', () => {
    const race = raceOf(parsed(timelineOf('frozen')));
    expect(race).toMatchObject({ kind: 'nothing lost', lost: null });
    expect([...race.dropped]).toEqual([['SOCKET_REPAIR', 2]]);
    expect(race.recovery).toBeCloseTo(11.933 - 7.334, 6);
  });

  it('counts what lies behind a gap as not taken in yet', () => {
    const lines = ['0.000 source queued 0+10', '1.000 mark copied', '2.000 source queued 20+10'];
    expect(raceOf(parsed([...lines, whole])).kind).toBe('nothing lost');
    expect(raceOf(parsed([...lines, '3.000 source queued 10+10', whole])).lost).toEqual({
      from: 10,
      to: 30,
    });
  });
});
