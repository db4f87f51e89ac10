// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import type { Boot, RunRecord, Splat } from '../../runner/evidence/model.ts';
import { judge } from '../../runner/verdict/judge.ts';
import { record } from './records.ts';
import { p, fixes, verdictOf, side } from './judging.ts';

describe('a guest that dies without a word', () => {
  const withDeath = (end: string, boots: 'one' | 'all'): RunRecord => {
    const run = record(fixes);
    const own = run.boots.find((it) => it.variant === 'patched') as Boot;
    const died: Boot = { ...own, end: { kind: end, detail: '' } };
    const next: Boot = { ...(boots === 'all' ? died : own), boot: own.boot + 1 };
    return { ...run, boots: [...run.boots.filter((it) => it !== own), died, next] };
  };

  it('by a reset is broken, though the second VM passes every test', () => {
    const verdict = judge(withDeath('panic', 'one'), { strict: false });
    expect(verdict.overall).toBe('not proved');
    expect(verdict.tests.at(-1)).toMatchObject({ change: { patched: 'broken' } });
  });

  it('by a hang is broken when it comes again, and else what a slow host can cause', () => {
    const always = judge(withDeath('timeout', 'all'), { strict: false });
    expect(always.overall).toBe('not proved');
    const once = judge(withDeath('timeout', 'one'), { strict: false });
    expect(once.tests.at(-1)).toMatchObject({ change: { patched: 'flaky' } });
  });
});

describe('splats', () => {
  it('that a starved host can cause prove nothing when a second boot lacks them', () => {
    const stall: Splat = { kind: 'rcu-stall', title: 'rcu: stall', lines: [], test: null };
    const run = record(side(fixes, 'patched', { splats: [stall] }));
    const own = run.boots.find((it) => it.variant === 'patched') as Boot;
    const two = { ...run, boots: [...run.boots, { ...own, boot: own.boot + 1, splats: [] }] };
    expect(judge(run, { strict: false }).overall).toBe('not proved');
    expect(judge(two, { strict: false }).tests.at(-1)?.change['patched']).toBe('flaky');
  });

  const warn = (at: number) => ({
    kind: 'warning',
    title: `WARNING: CPU: ${at} PID: 1${at} at net/core/dev.c:${at} dev_x+0x${at}/0x20`,
    lines: [],
    test: p,
  });
  it.each([
    ['patched', 'broken', 'not proved'],
    ['base', 'fixed', 'proved'],
  ] as const)('on %s alone: %s', (variant, change, overall) => {
    const verdict = verdictOf(side(fixes, variant, { splats: [warn(1)] }));
    expect(verdict.overall).toBe(overall);
    expect(verdict.tests.at(-1)).toMatchObject({
      name: 'console:t:prog/WARNING: CPU: 1 PID: 11 at net/core/dev.c:1 dev_x+0x1/0x20',
      change: { patched: change },
    });
  });

  it('on both sides, at other lines of the same function, still fail', () => {
    const spec = side(side(fixes, 'base', { splats: [warn(1)] }), 'patched', {
      splats: [{ ...warn(7), test: null }],
    });
    const verdict = verdictOf(spec);
    expect(verdict.overall).toBe('proved');
    expect(verdict.tests.at(-1)?.change).toEqual({ patched: 'still failing' });
  });

  it('are excused until their entry expires', () => {
    const run = record(side(fixes, 'patched', { splats: [warn(1)] }));
    const entry = { kind: 'warning', title: '*dev_x*', reason: 'known', expires: '2026-11-24' };
    expect(judge(run, { strict: false, allow: [entry] }).overall).toBe('proved');
    expect(
      judge(run, { strict: false, allow: [{ ...entry, expires: '2026-11-23' }] }).overall,
    ).toBe('not proved');
    expect(judge(run, { strict: false, allow: [{ ...entry, kind: 'bug' }] }).overall).toBe(
      'not proved',
    );
  });
});
