// SPDX-License-Identifier: MIT
import type { SegmentEvent, Timeline } from './timeline.ts';

/** What a handover's timeline shows of the race. */
export interface Race {
  /** While segments could reach a frozen socket, in ms; null where the test froze none. */
  window: { from: number; to: number } | null;
  /** Bytes that the source took in, and acknowledged, after the dump had them counted. */
  lost: { from: number; to: number } | null;
  /** What comes of these bytes. */
  kind: 'hole' | 'stall' | 'dump fails' | 'nothing lost';
  /** Segments dropped in the window, by reason. */
  dropped: ReadonlyMap<string, number>;
  /** From the switch until the target got the first byte that was dropped; null where none was. */
  recovery: number | null;
}

/**
 * Reads the race off a timeline. The dump has what was there when the queue was copied, or, in the
 * order that takes the sizes first, when these were read. What the source takes in later is
 * acknowledged and not sent again: behind the sequence number that was read it is waited for, in
 * front of it it is skipped.
 */
export function raceOf({ segments, marks }: Timeline): Race {
  const timeOf = (...words: string[]): number | undefined =>
    marks.find((it) => words.includes(it.word))?.at;
  const frozen = timeOf('frozen');
  const end = Math.max(...segments.map((it) => it.until), ...marks.map((it) => it.at));
  const window = frozen === undefined ? null : { from: frozen, to: timeOf('switched') ?? end };
  const copied = timeOf('sized', 'copied');
  const taken = queuedUpTo(segments, Infinity);
  const kept = copied === undefined ? taken : queuedUpTo(segments, copied);
  const lost = taken > kept ? { from: kept, to: taken } : null;
  const drops = segments.filter(
    (it) => it.kind === 'dropped' && window !== null && it.at >= window.from && it.at <= window.to,
  );
  const dropped = new Map<string, number>();
  for (const { reason, segments } of drops) {
    const name = reason ?? 'no reason';
    dropped.set(name, (dropped.get(name) ?? 0) + segments);
  }
  return {
    window,
    lost,
    kind: kindOf(lost, timeOf('not-copied'), queuedUpTo(segments, timeOf('seq-read') ?? end)),
    dropped,
    recovery: recoveryOf(drops, segments, timeOf('switched')),
  };
}

function kindOf(lost: Race['lost'], failed: number | undefined, sequence: number): Race['kind'] {
  if (failed !== undefined) return 'dump fails';
  if (lost === null) return 'nothing lost';
  return sequence > lost.from ? 'hole' : 'stall';
}

/** The end of what the source has in order at that time. */
function queuedUpTo(segments: readonly SegmentEvent[], time: number): number {
  const queued = segments
    .filter((it) => it.kind === 'queued' && it.host === 'source')
    .toSorted((a, b) => a.from - b.from);
  let edge = queued[0]?.from ?? 0;
  for (const { at, from, to } of queued) {
    if (at <= time && from <= edge) edge = Math.max(edge, to);
  }
  return edge;
}

function recoveryOf(
  drops: readonly SegmentEvent[],
  segments: readonly SegmentEvent[],
  switched: number | undefined,
): number | null {
  const first = Math.min(...drops.filter((it) => it.to > it.from).map((it) => it.from));
  const again = segments.find(
    (it) => it.kind === 'queued' && it.host === 'target' && it.from <= first && it.to > first,
  );
  return again === undefined || switched === undefined ? null : again.at - switched;
}
