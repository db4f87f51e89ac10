// SPDX-License-Identifier: MIT
import { nearestStart, oldSide } from './mail/locate.ts';
import type { Hunk } from './parse.ts';

/**
 * Shows a refused hunk beside the place of the file that is most like it. PURE. A `-` line is what
 * the patch expects, a `+` line is what the file has, the rest is in both.
 */
export function compareHunk(hunk: Hunk, file: readonly string[]): string[] {
  const expected = oldSide(hunk);
  const start = nearestStart(expected, file, hunk.oldStart - 1);
  // A little more of the file than the hunk has, as lines may have been put in between.
  const window = file.slice(start, start + expected.length + 3);
  const shown = trimEnd(align(expected, window));
  return [
    `${hunk.path}:${start + 1}: the hunk for line ${hunk.oldStart} (-) and the file's lines (+)`,
    ...shown,
  ];
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
