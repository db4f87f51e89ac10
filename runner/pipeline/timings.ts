// SPDX-License-Identifier: MIT
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import { eventsIn, streamFile } from './stream.ts';

/** What an earlier run took: by cell, the time of each program's attempts over all sides, in ms. */
export async function timingsOf(folder: string): Promise<Map<string, Map<string, number>>> {
  const cells = new Map<string, Map<string, number>>();
  try {
    for await (const event of eventsIn(streamFile(folder))) {
      if (event.type !== 'attempt-finished') continue;
      const { cell, program, durationMs } = event.attempt;
      const programs = cells.get(cell) ?? new Map<string, number>();
      cells.set(cell, programs.set(program, (programs.get(program) ?? 0) + durationMs));
    }
  } catch (error) {
    throw new PatchproofError({
      kind: 'usage',
      code: 'no-durations',
      message: `The durations of ${path.relative('.', folder) || '.'} cannot be read.`,
      evidence: [(error as Error).message],
      remedy: 'Name an earlier run directory: --durations DIR',
      cause: error,
    });
  }
  return cells;
}

/** The same by program alone, the longest of all cells: what splitting one cell needs. */
export async function durationsOf(folder: string | undefined): Promise<Map<string, number>> {
  const durations = new Map<string, number>();
  if (folder === undefined) return durations;
  for (const programs of (await timingsOf(folder)).values()) {
    for (const [program, ms] of programs)
      durations.set(program, Math.max(ms, durations.get(program) ?? 0));
  }
  return durations;
}
