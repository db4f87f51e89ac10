// SPDX-License-Identifier: MIT

/**
 * Times several pieces of work in turn (a b c a b c ...), so that a host whose speed drifts
 * treats all alike. One round is run first and not counted.
 */
export async function interleaved<Name extends string>(
  rounds: number,
  work: Readonly<Record<Name, () => Promise<unknown>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(work) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    Name,
    number[]
  >;
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const started = performance.now();
      await work[name]();
      if (round > 0) times[name].push(performance.now() - started);
    }
  }
  return times;
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
