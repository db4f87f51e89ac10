// SPDX-License-Identifier: MIT
import type { Timeline } from '../evidence/timeline.ts';

/** Where a time stands in a picture, from 0 to 1. */
export type TimeScale = (ms: number) => number;

/** A stretch in which nothing happened. */
export interface Idle {
  from: number;
  to: number;
}

/** Gaps shorter than this keep their proportion. */
const proportional = 0.05;

/** A gap of this many ms is told in numbers. */
const longIdle = 40;

/**
 * A handover takes a few milliseconds, the wait for a retransmission a few hundred: gaps between
 * events grow with their logarithm, so that every event can be told from its neighbours.
 */
export function timeScale({ segments, marks }: Timeline): { scale: TimeScale; idle: Idle[] } {
  const times = [
    ...new Set([...segments.flatMap((it) => [it.at, it.until]), ...marks.map((it) => it.at)]),
  ].toSorted((a, b) => a - b);
  const places = [0];
  const idle: Idle[] = [];
  for (const [index, to] of times.entries()) {
    const from = times[index - 1];
    if (from === undefined) continue;
    places.push((places.at(-1) ?? 0) + Math.log1p((to - from) / proportional));
    if (to - from >= longIdle) idle.push({ from, to });
  }
  const whole = places.at(-1) || 1;
  const scale = (ms: number): number => {
    const next = times.findIndex((it) => it >= ms);
    if (next <= 0) return next === 0 ? 0 : 1;
    const [from = 0, to = 0] = [times[next - 1], times[next]];
    const [left = 0, right = 0] = [places[next - 1], places[next]];
    return (left + ((right - left) * (ms - from)) / (to - from)) / whole;
  };
  return { scale, idle };
}

/** Round numbers that divide a range into about that many parts. */
export function ticksOf(from: number, to: number, parts: number): number[] {
  const rough = Math.max(1, (to - from) / parts);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((it) => it * power >= rough) ?? 10);
  const first = Math.ceil(from / step);
  return Array.from(
    { length: Math.floor(to / step) - first + 1 },
    (_, index) => (first + index) * step,
  );
}

/** A label by its middle and its width. */
interface Label {
  middle: number;
  width: number;
}

/** Puts labels that would touch into rows below each other; earlier ones are higher. */
export function rowsOf(labels: readonly Label[]): number[] {
  const rows: Label[][] = [];
  return labels.map((label) => {
    const free = rows.findIndex((row) => row.every((it) => !touch(it, label)));
    const own = free === -1 ? rows.length : free;
    (rows[own] ??= []).push(label);
    return own;
  });
}

function touch(a: Label, b: Label): boolean {
  return Math.abs(a.middle - b.middle) < (a.width + b.width) / 2;
}
