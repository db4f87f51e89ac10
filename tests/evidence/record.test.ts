// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../runner/events.ts';
import { fold, readEvents, Recorder } from '../../runner/evidence/record.ts';
import { judge } from '../../runner/verdict/judge.ts';
import { record } from '../verdict/records.ts';

const run = record({
  sides: {
    base: { tests: { 't:p': { a: 'fail' } } },
    patched: { tests: { 't:p': { a: 'pass' } } },
  },
  failures: [{ cell: 'other' }],
});

/** The stream that such a record is the fold of. */
function streamOf(): RunEvent[] {
  const { tool, argv, host, seed, startedAt, proof } = run;
  if (proof === null) throw new Error('no proof');
  const where = { stage: 'build' as const, cell: '6.12/lean', variant: null };
  const bodies = [
    { type: 'run-started', tool, argv, host, seed, startedAt },
    { type: 'proof-loaded', proof },
    ...run.cells.map((cell) => ({ type: 'cell-planned', cell })),
    { type: 'stage-started', where, title: 'Building' },
    { type: 'stage-progress', where, done: 1, total: null, detail: 'x' },
    ...run.kernels.map((kernel) => ({ type: 'kernel-built', kernel })),
    { type: 'stage-finished', where, detail: '', durationMs: 1 },
    ...run.boots.map((boot) => ({ type: 'boot-finished', boot })),
    ...run.attempts.map((attempt) => ({ type: 'attempt-finished', attempt })),
    ...run.failures.map((failure) => ({ type: 'variant-failed', failure })),
    { type: 'note', text: 'n' },
    { type: 'run-finished' },
  ];
  return bodies.map((it, time) => ({ time, ...it }) as RunEvent);
}

function written(events: readonly RunEvent[]): string {
  return events.map((it) => `${JSON.stringify(it)}\n`).join('');
}

describe('fold', () => {
  it('gives the record of the stream', () => {
    expect(fold(streamOf())).toEqual(run);
  });

  it('gives the same live, replayed from the file, and with the end cut off', () => {
    const stream = streamOf();
    fc.assert(
      fc.property(fc.nat(stream.length), fc.nat(200), (length, cut) => {
        const events = stream.slice(0, length);
        const recorder = new Recorder();
        for (const event of events) recorder.push(event);
        const rest = JSON.stringify(stream[length] ?? null)
          .slice(0, cut)
          .slice(0, -1);
        const replayed = fold(readEvents(written(events) + (length < stream.length ? rest : '')));
        expect(replayed).toEqual(recorder.record());
        expect(judge(replayed, { strict: false })).toEqual(
          judge(recorder.record(), { strict: false }),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('is unfinished without run-finished, interrupted when told', () => {
    const stream = streamOf();
    expect(fold(stream.slice(0, -1))).toMatchObject({ finished: false, interrupted: false });
    const interrupted: RunEvent = { time: 9, type: 'run-interrupted', signal: 'SIGINT' };
    expect(fold([...stream.slice(0, -1), interrupted])).toMatchObject({
      finished: false,
      interrupted: true,
    });
  });

  it('passes over events of a newer version', () => {
    const newer = { time: 1, type: 'coverage-measured', lines: 3 } as unknown as RunEvent;
    expect(fold(streamOf().flatMap((it) => [it, newer]))).toEqual(run);
  });

  it('folds 10,000 attempts and judges them in a moment', () => {
    const stream = streamOf();
    const attempts = stream.filter((it) => it.type === 'attempt-finished');
    const many = Array.from({ length: 5000 }, () => attempts).flat();
    const started = performance.now();
    const verdict = judge(fold([...stream.slice(0, 8), ...many, ...stream.slice(-1)]), {
      strict: false,
    });
    expect(verdict.tests).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe('readEvents', () => {
  it('refuses a broken line in the middle: what it said is lost', () => {
    expect(() => readEvents('{"time":1\n{"time":2,"type":"run-finished"}\n')).toThrow(/JSON/);
  });
});
