// SPDX-License-Identifier: MIT
import { raceOf, type Race } from '../evidence/race.ts';
import type { SegmentEvent, Timeline } from '../evidence/timeline.ts';
import { markup, nothing, type Markup } from './html-markup.ts';
import { rowsOf, ticksOf, timeScale, type Idle } from './race-scale.ts';

/** The bytes that both pictures of a test show. */
export interface Range {
  from: number;
  to: number;
}

const width = 760;
const left = 62;
const right = width - 12;
const plotHeight = 190;
const rowHeight = 15;
/** Of a character of a label, about. */
const charWidth = 6.1;

const markWords: Readonly<Record<string, string>> = {
  frozen: 'repair on',
  sized: 'size read',
  copied: 'queue copied',
  'not-copied': 'copy fails',
  'seq-read': 'sequence read',
  restored: 'restored',
  live: 'target live',
  switched: 'path switched',
};

/**
 * One side of a test as a time-sequence diagram: bytes of the stream upwards, time to the right.
 * The whole story is in its description, too, for who cannot see it.
 */
export function pictureOf(
  timeline: Timeline,
  { range, id, title, story }: { range: Range; id: string; title: string; story: string },
): Markup {
  const race = raceOf(timeline);
  const { scale, idle } = timeScale(timeline);
  const x = (ms: number): number => left + 8 + scale(ms) * (right - left - 16);
  const labels = timeline.marks.map(({ at, word }) => ({ at, text: markWords[word] ?? word }));
  const rows = rowsOf(labels.map(({ at, text }) => within(x(at), text.length * charWidth + 10)));
  const top = Math.max(1, ...rows.map((it) => it + 1)) * rowHeight + 6;
  const bottom = top + plotHeight;
  const y = (byte: number): number =>
    bottom - ((byte - range.from) / Math.max(1, range.to - range.from)) * plotHeight;
  const place = { x, y, top, bottom };
  return markup`<svg class="race" viewBox="0 0 ${width} ${bottom + 24}" role="img" aria-labelledby="${id}-t ${id}-d"><title id="${id}-t">${title}</title><desc id="${id}-d">${story}</desc>
${windowOf(race, place)}${axisOf(range, place)}${lostOf(race, place)}
${labels.map(({ at, text }, index) => markOf(at, text, (rows[index] ?? 0) * rowHeight + 11, place))}
${idlesOf(idle, place)}
${stairsOf(timeline, place)}${timeline.segments.map((it) => segmentOf(it, place))}${reasonOf(timeline, race, place)}
</svg>`;
}

interface Place {
  x: (ms: number) => number;
  y: (byte: number) => number;
  top: number;
  bottom: number;
}

/** A label stays inside the picture. */
function within(middle: number, wide: number): { middle: number; width: number } {
  return {
    middle: Math.min(right - wide / 2, Math.max(left + wide / 2, middle)),
    width: wide,
  };
}

function windowOf({ window }: Race, { x, top, bottom }: Place): Markup {
  if (window === null) return nothing;
  const [from, to] = [x(window.from), x(window.to)];
  return markup`<rect class="window" x="${n(from)}" y="${n(top)}" width="${n(to - from)}" height="${n(bottom - top)}"/>`;
}

function axisOf(range: Range, { y, bottom }: Place): Markup {
  const ticks = ticksOf(range.from, range.to, 6);
  return markup`${ticks.map(
    (it) =>
      markup`<path class="grid" d="M${left} ${n(y(it))}H${right}"/><text class="tick" x="${left - 6}" y="${n(y(it) + 4)}">${bytes(it)}</text>`,
  )}<path class="axis" d="M${left} ${n(bottom)}H${right}"/>`;
}

function lostOf({ lost, kind }: Race, { y }: Place): Markup {
  if (lost === null) return nothing;
  const [top, bottom] = [y(lost.to), y(lost.from)];
  const height = Math.max(3, bottom - top);
  // In the band at its left, where nothing has come that far yet; above one that is too thin.
  const at = height < 14 ? top - 4 : (top + bottom) / 2 + 4;
  return markup`<rect class="lost" x="${left}" y="${n(top)}" width="${right - left}" height="${n(height)}"/><text class="lost-label" x="${left + 6}" y="${n(at)}">${kind.toUpperCase()}</text>`;
}

function markOf(at: number, text: string, baseline: number, { x, bottom }: Place): Markup {
  const { middle } = within(x(at), text.length * charWidth + 10);
  return markup`<path class="mark-line" d="M${n(x(at))} ${n(baseline + 4)}V${n(bottom)}"/><text class="mark-label" x="${n(middle)}" y="${n(baseline)}">${text}</text>`;
}

/** The axis is broken where it waits; where numbers would touch, the longer wait has its own. */
function idlesOf(idle: readonly Idle[], { x, bottom }: Place): Markup {
  const longest = idle.toSorted((a, b) => b.to - b.from - (a.to - a.from));
  const labels = longest.map(({ from, to }) => {
    const text = `${Math.round(to - from)} ms`;
    return { text, middle: (x(from) + x(to)) / 2, width: text.length * charWidth + 8 };
  });
  const rows = rowsOf(labels);
  return markup`${idle.map(
    ({ from, to }) =>
      markup`<path class="idle" d="M${n(x(from) + 3)} ${n(bottom)}H${n(x(to) - 3)}"/>`,
  )}${labels
    .filter((_, index) => rows[index] === 0)
    .map(
      ({ text, middle }) =>
        markup`<text class="idle-label" x="${n(middle)}" y="${n(bottom + 16)}">${text}</text>`,
    )}`;
}

/** How far the peer's data is acknowledged: it need not keep what is below. */
function stairsOf({ segments }: Timeline, { x, y }: Place): Markup {
  const acks = segments.filter((it) => it.kind === 'acked');
  const [first] = acks;
  if (first === undefined) return nothing;
  const steps = acks.map(({ at, until, to }) =>
    until > at ? `H${n(x(at))}L${n(x(until))} ${n(y(to))}` : `H${n(x(at))}V${n(y(to))}`,
  );
  return markup`<path class="acked" d="M${n(x(0))} ${n(y(first.from))}${steps.join('')}H${n(right - 4)}"/>`;
}

function segmentOf(it: SegmentEvent, { x, y }: Place): Markup {
  if (it.kind === 'acked') return nothing;
  const [from, to] = [x(it.at), x(it.until)];
  const [low, high] = [y(it.from), y(it.to)];
  if (it.kind === 'dropped') {
    const [at, middle] = [(from + to) / 2, (low + high) / 2];
    return markup`<path class="dropped" d="M${n(from)} ${n(low)}L${n(to)} ${n(high)}M${n(at - 4)} ${n(middle - 4)}l8 8m0-8l-8 8"/>`;
  }
  // Many at once slope as they came; one stands upright.
  const line = `M${n(from)} ${n(low)}L${n(to)} ${n(Math.min(high, low - 2))}`;
  return markup`<path class="${it.kind} ${it.host}" d="${line}"/>`;
}

/** Why, beside the first segment that a frozen socket dropped. */
function reasonOf({ segments }: Timeline, { window }: Race, { x, y }: Place): Markup {
  const first = segments.find(
    (it) => it.kind === 'dropped' && window !== null && it.at >= window.from && it.at <= window.to,
  );
  if (first === undefined || first.reason === null) return nothing;
  return markup`<text class="reason" x="${n(x(first.until) - 4)}" y="${n(y(first.from) + 13)}">${first.reason}</text>`;
}

/** A number of a drawing: a tenth of a unit is less than is seen. */
function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Bytes on the axis. */
function bytes(value: number): string {
  if (value >= 1e6) return `${value / 1e6} MB`;
  return value >= 1e4 ? `${value / 1e3} kB` : String(value);
}
