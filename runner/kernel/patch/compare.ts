// SPDX-License-Identifier: MIT
import type { Hunk } from './parse.ts';

/**
 * Shows a refused hunk beside the place of the file that is most like it. PURE. A `-` line is what
 * the patch expects, a `+` line is what the file has, the rest is in both.
 */
export function compareHunk(hunk: Hunk, file: readonly string[]): string[] {
  const expected = hunk.lines
    .filter((line) => !line.startsWith('+') && !line.startsWith('\\'))
    .map((line) => line.slice(1));
  const start = nearest(expected, file, hunk.oldStart - 1);
  // A little more of the file than the hunk has, as lines may have been put in between.
  const window = file.slice(start, start + expected.length + 3);
  const shown = trimEnd(align(expected, window));
  return [
    `${hunk.path}:${start + 1}: the hunk for line ${hunk.oldStart} (-) and the file's lines (+)`,
    ...shown,
  ];
}

/** Index in `file` where most lines of `expected` are found in place; the one closest to `wanted` among equals. */
function nearest(expected: readonly string[], file: readonly string[], wanted: number): number {
  const weight = (line: string): number => (/\w/.test(line) ? 4 : 1);
  let best = { start: Math.max(0, Math.min(wanted, file.length - 1)), score: 0, distance: 0 };
  for (let start = 0; start < file.length; start++) {
    let score = 0;
    for (const [index, line] of expected.entries()) {
      // Inserted or removed lines shift what follows by one or two.
      const found = [0, 1, -1, 2, -2].find((shift) => same(file[start + index + shift], line));
      if (found !== undefined) score += weight(line) * (found === 0 ? 4 : 3);
    }
    const distance = Math.abs(start - wanted);
    if (score > best.score || (score === best.score && distance < best.distance))
      best = { start, score, distance };
  }
  return best.start;
}

function same(left: string | undefined, right: string): boolean {
  return left !== undefined && left.trim() === right.trim();
}

/** Longest common subsequence of two short lists, as diff lines. */
function align(expected: readonly string[], actual: readonly string[]): string[] {
  const width = actual.length + 1;
  const lengths = new Uint16Array((expected.length + 1) * width);
  for (let i = expected.length - 1; i >= 0; i--)
    for (let j = actual.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        expected[i] === actual[j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
  const shown: string[] = [];
  let [i, j] = [0, 0];
  while (i < expected.length || j < actual.length) {
    if (i < expected.length && j < actual.length && expected[i] === actual[j]) {
      shown.push(` ${expected[i]}`);
      i++;
      j++;
    } else if (
      i < expected.length &&
      (j >= actual.length ||
        (lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0))
    )
      shown.push(`-${expected[i++]}`);
    else shown.push(`+${actual[j++]}`);
  }
  return shown;
}

/** Drops the file's lines after the hunk's last one. */
function trimEnd(shown: readonly string[]): string[] {
  const last = shown.findLastIndex((line) => !line.startsWith('+'));
  return shown.slice(0, Math.max(last + 1, 1));
}
