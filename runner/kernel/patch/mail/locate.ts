// SPDX-License-Identifier: MIT
import { bare } from './model.ts';

/**
 * Index in `file` where most lines of `expected` are found in place, white space aside; the one
 * closest to `wanted` among equals. PURE.
 */
export function nearestStart(
  expected: readonly string[],
  file: readonly string[],
  wanted: number,
): number {
  const weight = (line: string): number => (/\w/.test(line) ? 4 : 1);
  const wantedLines = expected.map((line) => ({ text: bare(line), weight: weight(line) }));
  const lines = file.map(bare);
  let best = { start: Math.max(0, Math.min(wanted, file.length - 1)), score: 0, distance: 0 };
  for (let start = 0; start < lines.length; start++) {
    let score = 0;
    for (const [index, line] of wantedLines.entries()) {
      // Inserted or removed lines shift what follows by one or two.
      const found = [0, 1, -1, 2, -2].find((shift) => lines[start + index + shift] === line.text);
      if (found !== undefined) score += line.weight * (found === 0 ? 4 : 3);
    }
    const distance = Math.abs(start - wanted);
    if (score > best.score || (score === best.score && distance < best.distance))
      best = { start, score, distance };
  }
  return best.start;
}

/** A hunk as its lines with their marks. */
export interface PlacedHunk {
  oldStart: number;
  lines: readonly string[];
}

/**
 * The index where the old side of each hunk stands in the file, exactly, in order; undefined for
 * one that stands nowhere. What is closest to the header's line wins, as with `git apply`. PURE.
 */
export function placeHunks(
  file: readonly string[],
  hunks: readonly PlacedHunk[],
): (number | undefined)[] {
  let free = 0;
  let shift = 0;
  return hunks.map((hunk) => {
    const old = oldSide(hunk);
    if (old.length === 0) return file.every((line) => line === '') ? 0 : undefined;
    const wanted = hunk.oldStart - 1 + shift;
    const fits = (start: number): boolean =>
      start >= free && old.every((line, index) => file[start + index] === line);
    for (let distance = 0; distance <= file.length; distance++) {
      const start = [wanted - distance, wanted + distance].find(fits);
      if (start === undefined) continue;
      shift = start - (hunk.oldStart - 1);
      free = start + old.length;
      return start;
    }
    return undefined;
  });
}

/** The file after the hunks; undefined when one of them stands nowhere. PURE. */
export function applyHunks(
  file: readonly string[],
  hunks: readonly PlacedHunk[],
): string[] | undefined {
  const result: string[] = [];
  let done = 0;
  for (const [index, start] of placeHunks(file, hunks).entries()) {
    const hunk = hunks[index];
    if (start === undefined || hunk === undefined) return undefined;
    result.push(...file.slice(done, start));
    const fresh = hunk.lines.filter((line) => line[0] === '+' || line[0] === ' ' || line === '');
    result.push(...fresh.map((line) => line.slice(1)));
    done = start + oldSide(hunk).length;
  }
  return [...result, ...file.slice(done)];
}

/** What a hunk expects of the file. */
export function oldSide(hunk: PlacedHunk): string[] {
  return hunk.lines
    .filter((line) => line[0] === '-' || line[0] === ' ' || line === '')
    .map((line) => line.slice(1));
}
