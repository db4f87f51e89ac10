// SPDX-License-Identifier: MIT
import { PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import type { Patch } from '../model.ts';
import { gitApply } from './git.ts';

/** How a patch went in. */
export interface Applied {
  /** True when every hunk stood at the line its header says. */
  exact: boolean;
  /** One line for each hunk that was found elsewhere, e.g. `net/ipv4/tcp_input.c: hunk 2, 3 lines down`. */
  offsets: readonly string[];
}

/**
 * Applies a patch that fits (fitPatch) to a tree with `git apply`: all of it or nothing. git
 * replaces the files it changes by new ones, so in a hard-linked copy the original keeps its
 * content. Throws infrastructure `patch-does-not-apply`.
 */
export async function applyPatch(
  folder: string,
  patch: Patch,
  context: StageContext,
): Promise<Applied> {
  const applied = await gitApply(folder, patch.text, [], context);
  if (applied.exitCode === 0) return readOffsets(applied.stderr);
  throw new PatchproofError({
    kind: 'infrastructure',
    code: 'patch-does-not-apply',
    message: `The patch ${patch.name} does not apply to this kernel.`,
    evidence: applied.stderr.split('\n').filter((line) => line.startsWith('error: ')),
    remedy: 'Rebase the patch onto this kernel, or choose the --kernel it was made for.',
  });
}

/** Reads `Hunk #2 succeeded at 120 (offset 3 lines).` below `Checking patch FILE...`. */
export function readOffsets(stderr: string): Applied {
  const offsets: string[] = [];
  let file = '';
  for (const line of stderr.split('\n')) {
    file = /^Checking patch (.+)\.\.\.$/.exec(line)?.[1] ?? file;
    const hunk = /^Hunk #(\d+) succeeded at \d+ \(offset (-?)(\d+) lines?\)/.exec(line);
    if (hunk === null) continue;
    const [, number, minus, count] = hunk;
    offsets.push(
      `${file}: hunk ${number}, ${count} ${count === '1' ? 'line' : 'lines'} ${minus === '-' ? 'up' : 'down'}`,
    );
  }
  return { exact: offsets.length === 0, offsets };
}
