// SPDX-License-Identifier: MIT
import { compareHunk } from './compare.ts';
import { applyHunks, placeHunks } from './mail/locate.ts';
import type { Target } from './mail/model.ts';
import type { Diff, Hunk } from './parse.ts';

/** A part of a patch that the target does not take. */
export interface Refusal {
  path: string;
  /** Counts the file's hunks from 1; null when it is about the whole file. */
  hunk: number | null;
  /** What differs: a sentence, then the hunk's lines (`-`) beside the file's (`+`). */
  lines: readonly string[];
}

/**
 * Every hunk that stands nowhere in the target, beside the lines that it should stand at. The
 * later patches of a series are compared with what the earlier ones leave. PURE.
 */
export function explainRefusal(diff: Diff, target: Target): Refusal[] {
  const changed = new Map<string, readonly string[]>();
  const refusals: Refusal[] = [];
  for (const hunks of runsOf(diff.hunks)) {
    const path = hunks[0]?.path ?? '';
    const makes = hunks[0]?.oldStart === 0;
    const lines = changed.get(path) ?? target(path);
    if (makes) {
      if (lines !== undefined)
        refusals.push(whole(path, 'the patch makes this file, and this kernel has it already'));
      changed.set(path, applyHunks([''], hunks) ?? []);
      continue;
    }
    if (lines === undefined) {
      refusals.push(whole(path, 'this kernel has no such file'));
      continue;
    }
    placeHunks(lines, hunks).forEach((start, index) => {
      const hunk = hunks[index];
      if (start !== undefined || hunk === undefined) return;
      refusals.push({ path, hunk: index + 1, lines: compareHunk(hunk, lines) });
    });
    changed.set(path, applyHunks(lines, hunks) ?? lines);
  }
  return refusals;
}

function whole(path: string, text: string): Refusal {
  return { path, hunk: null, lines: [`${path}: ${text}`] };
}

/** The hunks of each file's part of the diff. PURE. */
export function runsOf(hunks: readonly Hunk[]): Hunk[][] {
  const runs: Hunk[][] = [];
  for (const hunk of hunks) {
    const last = runs.at(-1)?.at(-1);
    // In one part of a diff lines go up; where they do not, another patch of the series begins.
    if (last?.path === hunk.path && last.oldStart < hunk.oldStart) runs.at(-1)?.push(hunk);
    else runs.push([hunk]);
  }
  return runs;
}
