// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { parseTimeline } from '../../runner/evidence/timeline.ts';
import { html } from '../../runner/report/html.ts';
import { rowsOf, ticksOf, timeScale } from '../../runner/report/race-scale.ts';
import { timelineOf } from '../fixtures/timeline/lines.ts';
import { raced } from './race.ts';
import { proved, verdictOf } from './sample.ts';

describe('the scales', () => {
  it('keep the order of events, leave room between them, and tell long waits', () => {
    const timeline = parseTimeline(timelineOf('stall'));
    if (timeline === null) throw new Error('no timeline');
    const { scale, idle } = timeScale(timeline);
    const times = [...new Set(timeline.segments.map((it) => it.at))].toSorted((a, b) => a - b);
    const places = times.map(scale);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(Math.min(...places)).toBe(0);
    expect(scale(Math.max(...times))).toBe(1);
    const steps = places.slice(1).map((it, index) => it - (places[index] ?? 0));
    expect(Math.min(...steps)).toBeGreaterThan(0.001);
    expect(idle).toHaveLength(3);
    expect(scale(1)).toBeGreaterThan(scale(0.9));
  });

  it('has one place for the one event that there is', () => {
    const timeline = parseTimeline(['0.000 peer sent 0+1', 'end, 0 left out']);
    if (timeline === null) throw new Error('no timeline');
    expect(timeScale(timeline).scale(0)).toBe(0);
  });

  it.each([
    [0, 8001, 6, [0, 2000, 4000, 6000, 8000]],
    [0, 1, 6, [0, 1]],
    [-1500, 1500, 3, [-1000, 0, 1000]],
  ])('ticks of %d to %d', (from, to, parts, ticks) => {
    expect(ticksOf(from, to, parts)).toEqual(ticks);
  });

  it('labels that would touch are in rows of their own', () => {
    const label = (middle: number) => ({ middle, width: 20 });
    expect(rowsOf([10, 15, 18, 40, 36].map(label))).toEqual([0, 1, 2, 0, 1]);
  });
});

describe('the pictures', () => {
  const page = html.render(raced, verdictOf(raced));

  it('are there for each test with a timeline, base above patched, the telling one unfolded', () => {
    const figures = page.split('<figure>').slice(1);
    expect(figures).toHaveLength(4);
    for (const figure of figures) {
      expect(figure.match(/<figcaption><b>\w+/g)).toEqual([
        '<figcaption><b>base',
        '<figcaption><b>patched',
      ]);
    }
    expect(page.match(/<details><summary><code>[^<]*handover/g)).toHaveLength(3);
  });

  it('mark the stall, the window, the drop with its reason, and say all of it in words', () => {
    const [, figure = ''] = page.split('<figure>');
    const [base = '', patched = ''] = figure.split('<figcaption>').slice(1);
    expect(base).toContain('>STALL</text>');
    expect(base.match(/class="window"/g)).toHaveLength(1);
    expect(base).toContain('class="lost"');
    expect(base).toMatch(/<desc[^>]*>A stall: 1000 bytes from 2000 taken in/);
    expect(base.match(/class="queued source"/g)).toHaveLength(3);
    expect(patched).not.toContain('class="lost"');
    expect(patched).toContain('>SOCKET_REPAIR</text>');
    expect(patched).toContain('2 segments dropped in repair mode as SOCKET_REPAIR; sent again');
  });

  it('are not there without a timeline, nor with one that is not to be read', () => {
    const broken = {
      ...raced,
      attempts: raced.attempts.map((attempt) => ({
        ...attempt,
        results: attempt.results.map((it) => ({ ...it, timeline: ['<svg onload=alert(1)>'] })),
      })),
    };
    for (const record of [proved, broken]) {
      const text = html.render(record, verdictOf(record));
      expect(text).not.toContain('<figure>');
      expect(text).not.toContain('The race, segment');
    }
  });
});
