// SPDX-License-Identifier: MIT

/** One of several parts that the tests of every cell are split into; `index` counts from 1. */
export interface Shard {
  index: number;
  total: number;
}

/** How long each program took in an earlier run, in ms over both sides. */
export type Durations = ReadonlyMap<string, number>;

/** What `i/n` says, or undefined when it says nothing. */
export function parseShard(text: string): Shard | undefined {
  const [, index, total] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const shard = { index: Number(index), total: Number(total) };
  return shard.index >= 1 && shard.index <= shard.total ? shard : undefined;
}

export function shardName({ index, total }: Shard): string {
  return `${index}/${total}`;
}

/**
 * Splits programs into parts of about the same time: the longest first, each to the part that has
 * least to do. The same input gives the same parts on every machine. A program that was never
 * timed counts as the average one.
 */
export function splitPrograms(
  programs: readonly string[],
  total: number,
  durations: Durations,
): string[][] {
  const time = timeOf(programs, durations);
  const parts = Array.from({ length: total }, () => ({ programs: [] as string[], ms: 0 }));
  const longestFirst = programs.toSorted(
    (a, b) => time(b) - time(a) || (a < b ? -1 : Number(a > b)),
  );
  for (const program of longestFirst) {
    const least = parts.reduce((best, part) => (part.ms < best.ms ? part : best));
    least.programs.push(program);
    least.ms += time(program);
  }
  // In a part they run in the order of the whole.
  return parts.map((part) => programs.filter((it) => part.programs.includes(it)));
}

/** How long the longest part of a split takes. */
export function longestPart(
  programs: readonly string[],
  total: number,
  durations: Durations,
): number {
  const time = timeOf(programs, durations);
  return Math.max(
    ...splitPrograms(programs, total, durations).map((part) =>
      part.reduce((sum, it) => sum + time(it), 0),
    ),
  );
}

function timeOf(programs: readonly string[], durations: Durations): (program: string) => number {
  const known = programs.flatMap((it) => durations.get(it) ?? []);
  const average = known.reduce((sum, it) => sum + it, 0) / Math.max(1, known.length);
  return (program) => durations.get(program) ?? Math.max(1, average);
}
