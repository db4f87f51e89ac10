// SPDX-License-Identifier: MIT
import type { Seen } from './costs.ts';
import { nearestStart } from './locate.ts';
import { bare, placeOf } from './model.ts';
import type { Body, Doubt, HunkLine, Repair } from './model.ts';
import { unquote } from './quote.ts';
import type { RawHunk } from './scan.ts';
import { searchHunk } from './search.ts';
import type { Reading } from './search.ts';

/** A hunk with its lines whole; white space is as the mail has it. */
export interface ReadHunk {
  raw: RawHunk;
  /** `given` is a line as the mail has it, `\n` where it was wrapped. */
  lines: readonly (HunkLine & { given: string })[];
  /** How many lines above or below its header's place the hunk was found in the target. */
  shift: number;
  /** The header's text behind the counts. */
  section: string;
  cost: number;
  repairs: readonly Repair[];
  doubts: readonly Doubt[];
}

/** Why a hunk could not be read. */
export interface Unreadable {
  index: number;
  why: string;
}

const hidden = /\[email\s*(?:protected|hidden)\]|<hidden>/;

/**
 * Reads the lines of a hunk: what belongs to it, what is a remark, what was wrapped. With the
 * target's lines these decide. PURE.
 */
export function readHunk(
  body: Body,
  raw: RawHunk,
  target: readonly string[] | undefined,
  shift: number,
): ReadHunk | Unreadable {
  const seen = see(body, raw);
  const found = search(seen, raw, target, shift);
  const [best, ...others] = found.readings;
  if (best === undefined) return unreadable(seen, raw);
  // As marks and indentation they cannot have been sent.
  const hasNoBreak = seen.some(({ inQuote, text }) => inQuote && /^[ +-]? *\u00a0/.test(text));
  return {
    raw,
    lines: best.lines.map((line) => ({
      ...line,
      text: hasNoBreak ? line.text.replaceAll('\u00a0', ' ') : line.text,
      given: line.from.map((index) => seenAt(seen, index).text).join('\n'),
    })),
    shift: found.shift,
    section: sectionOf(raw, best, (index) => seenAt(seen, index).text),
    cost: best.cost,
    repairs: repairsOf(body, seen, raw, best),
    doubts: [
      ...others.map((other) => differenceOf(body, best, other)),
      ...leftOver(body, seen, best),
      ...best.lines
        .filter(({ mark, text }) => mark !== ' ' && hidden.test(text))
        .map((line): Doubt => ({
          place: placeOf(body, line.from[0] ?? raw.at),
          about: 'content',
          text: `an archive has hidden an address in "${line.mark}${line.text.trim()}"`,
        })),
    ],
  };
}

function see(body: Body, raw: RawHunk): Seen[] {
  const isStuffed = body.flowed && raw.quote.depth === 0;
  const seen: Seen[] = [];
  for (const index of [raw.at, ...range(raw.from, raw.to)]) {
    const line = body.lines[index] ?? '';
    const { depth, text } = unquote(line, raw.quote);
    seen.push({
      index,
      inQuote: depth === raw.quote.depth,
      text: isStuffed && text.startsWith(' ') ? text.slice(1) : text,
      width: widthOf(line),
    });
  }
  return seen;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}

/** Columns that a line takes on a screen, blanks at its end aside. */
function widthOf(line: string): number {
  let width = 0;
  for (const char of line.trimEnd())
    width = char === '\t' ? (Math.floor(width / 8) + 1) * 8 : width + 1;
  return width;
}

/** The readings of a hunk, best first, and where the target has it. */
interface Found {
  readings: readonly Reading[];
  shift: number;
}

function search(
  seen: readonly Seen[],
  raw: RawHunk,
  target: readonly string[] | undefined,
  shift: number,
): Found {
  const alone = { readings: searchHunk(seen, raw.oldCount, raw.newCount), shift };
  if (target === undefined || raw.oldCount === 0) return alone;
  const old = alone.readings[0]?.lines.filter(({ mark }) => mark === ' ' || mark === '-');
  const guess = old?.map(({ text }) => text) ?? seen.slice(1).map(({ text }) => text.slice(1));
  const start = nearestStart(guess, target, raw.oldStart - 1 + shift);
  const readings = searchHunk(seen, raw.oldCount, raw.newCount, (line) => target[start + line]);
  return readings.length > 0 ? { readings, shift: start - raw.oldStart + 1 } : alone;
}

/** What was done to the header, and what was left out. Lines tell themselves how they changed. */
function repairsOf(body: Body, seen: readonly Seen[], raw: RawHunk, best: Reading): Repair[] {
  const text = (index: number): string => seenAt(seen, index).text;
  const repairs: Repair[] = [];
  if (raw.from - raw.at > 1 || best.section.length > 0) {
    const parts = [...range(raw.at, raw.from), ...best.section];
    repairs.push({
      place: placeOf(body, raw.at),
      kind: 'joined',
      before: parts.map((index) => unquote(body.lines[index] ?? '', raw.quote).text).join('\n'),
      after: `${raw.range}${sectionOf(raw, best, text)}`,
    });
  }
  for (const index of best.skipped)
    repairs.push({ place: placeOf(body, index), kind: 'skipped', before: text(index), after: '' });
  return repairs;
}

function sectionOf(raw: RawHunk, best: Reading, text: (index: number) => string): string {
  return [raw.section.trimEnd(), ...best.section.map((index) => text(index).trim())].join(' ');
}

function seenAt(seen: readonly Seen[], index: number): Seen {
  const found = seen.find((one) => one.index === index);
  if (found === undefined) throw new Error(`line ${index} is not of this hunk`);
  return found;
}

/** Where two readings as good as each other part, in words. */
function differenceOf(body: Body, best: Reading, other: Reading): Doubt {
  const key = (line: HunkLine | undefined): string => `${line?.mark}${bare(line?.text ?? '')}`;
  const at = best.lines.findIndex((line, index) => key(line) !== key(other.lines[index]));
  const here = best.lines[at];
  const there = other.lines[at];
  const changes = ({ lines }: Reading): string =>
    lines
      .filter(({ mark }) => mark !== ' ')
      .map(key)
      .join('\n');
  return {
    place: placeOf(body, here?.from[0] ?? there?.from[0] ?? 0),
    about: changes(best) === changes(other) ? 'context' : 'content',
    text: `read as "${shown(here)}"; "${shown(there)}" is as likely`,
  };
}

function shown(line: HunkLine | undefined): string {
  return line === undefined ? 'nothing' : line.mark + line.text.trim();
}

/** A line right behind the hunk that looks like one of its lines: the counts may be wrong. */
function leftOver(body: Body, seen: readonly Seen[], best: Reading): Doubt[] {
  const next = seen[best.end];
  if (next === undefined || !next.inQuote || !/^[+-](?!-)./.test(next.text)) return [];
  return [
    {
      place: placeOf(body, next.index),
      about: 'content',
      text: `"${next.text.trim()}" stands right behind the hunk, whose header does not count it`,
    },
  ];
}

function unreadable(seen: readonly Seen[], raw: RawHunk): Unreadable {
  let [old, fresh] = [raw.oldCount, raw.newCount];
  let last = raw.at;
  for (const line of seen.slice(1)) {
    if (!line.inQuote) continue;
    const mark = line.text[0] ?? ' ';
    if (!' +-'.includes(mark)) continue;
    if (mark !== '+') old--;
    if (mark !== '-') fresh--;
    if (old < 0 || fresh < 0)
      return { index: line.index, why: 'more lines than the hunk header says' };
    last = line.index;
  }
  const short = Math.max(old, fresh);
  return {
    index: last,
    why: `the hunk ends here, ${short} ${short === 1 ? 'line' : 'lines'} early`,
  };
}
