// SPDX-License-Identifier: MIT

/** Whose socket an event happened at: the sender's, or that of one of the two hosts of a handover. */
export type Host = 'peer' | 'source' | 'target';

/** Segments that followed each other: bytes of the stream `from` up to `to`, in ms since the first event. */
export interface SegmentEvent {
  kind: 'sent' | 'queued' | 'dropped' | 'acked';
  at: number;
  /** The last of them; `at` where it is one. */
  until: number;
  host: Host;
  from: number;
  to: number;
  segments: number;
  /** Of a drop, without SKB_DROP_REASON_. */
  reason: string | null;
}

/** Something that the test did. */
export interface MarkEvent {
  kind: 'mark';
  at: number;
  word: string;
}

/** What became of the segments of one connection, as a test's `# timeline:` lines tell it. */
export interface Timeline {
  segments: readonly SegmentEvent[];
  marks: readonly MarkEvent[];
  /** False when the record says that it had no room for all of it. */
  isWhole: boolean;
}

/** A test prints fewer; more are no timeline. */
export const maxTimelineLines = 500;

const timelineLine = /^#?\s*timeline: (\S.{0,199})$/;
const segment =
  /^(\d{1,9}\.\d{3}) (peer|source|target) (sent|queued|dropped|acked) (-?\d{1,10})\+(\d{1,10})(?: ([A-Z][A-Z0-9_]{0,63}|0x[0-9a-f]{1,8}))?(?: until (\d{1,9}\.\d{3}) in (\d{1,6}))?$/;
const mark = /^(\d{1,9}\.\d{3}) mark ([a-z][a-z-]{0,31})$/;
const end = /^end, (\d+) left out(.*)$/;

/** What a `# timeline: ...` line says; undefined for any other line. */
export function readTimelineLine(line: string): string | undefined {
  return timelineLine.exec(line.trim())?.[1];
}

/** The lines of one test; null when they are none, or not whole: a half-told race proves nothing. */
export function parseTimeline(lines: readonly string[]): Timeline | null {
  const segments: SegmentEvent[] = [];
  const marks: MarkEvent[] = [];
  for (const line of lines.slice(0, -1)) {
    const event = parseSegment(line) ?? parseMark(line);
    if (event === undefined) return null;
    if (event.kind === 'mark') marks.push(event);
    else segments.push(event);
  }
  const [, left, more] = end.exec(lines.at(-1) ?? '') ?? [];
  if (left === undefined || segments.length === 0) return null;
  return { segments, marks, isWhole: left === '0' && more === '' };
}

function parseSegment(line: string): SegmentEvent | undefined {
  const [, at, host, kind, from, length, reason, until, count] = segment.exec(line) ?? [];
  if (at === undefined) return undefined;
  return {
    kind: kind as SegmentEvent['kind'],
    at: Number(at),
    until: Number(until ?? at),
    host: host as Host,
    from: Number(from),
    to: Number(from) + Number(length),
    segments: Number(count ?? 1),
    reason: reason ?? null,
  };
}

function parseMark(line: string): MarkEvent | undefined {
  const [, at, word] = mark.exec(line) ?? [];
  return at === undefined || word === undefined
    ? undefined
    : { kind: 'mark', at: Number(at), word };
}
