// SPDX-License-Identifier: MIT
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import type { Finished } from '../../host/process.ts';
import type { Patch } from '../model.ts';
import { command } from '../stage.ts';
import { parseDiff } from './parse.ts';
import { compareHunk } from './compare.ts';

/** How a patch went in. */
export interface Applied {
  /** True when every hunk stood at the line its header says. */
  exact: boolean;
  /** One line for each hunk that was found elsewhere, e.g. `net/ipv4/tcp_input.c: hunk 2, 3 lines down`. */
  offsets: readonly string[];
}

/**
 * Applies a patch to a tree with `git apply`: all of it or nothing. git replaces the files it
 * changes by new ones, so in a hard-linked copy the original keeps its content.
 * `readyMade` names a variant of the patch that fits this kernel, for the error.
 * Throws infrastructure `patch-does-not-apply` or `already-applied`.
 */
export async function applyPatch(
  folder: string,
  patch: Patch,
  context: StageContext,
  readyMade?: string,
): Promise<Applied> {
  return tryPatch(folder, patch, [], context, readyMade);
}

/** Throws what `applyPatch` would, and writes nothing: the answer before a long build. */
export async function checkPatch(
  folder: string,
  patch: Patch,
  context: StageContext,
  readyMade?: string,
): Promise<void> {
  await tryPatch(folder, patch, ['--check'], context, readyMade);
}

async function tryPatch(
  folder: string,
  patch: Patch,
  options: readonly string[],
  context: StageContext,
  readyMade: string | undefined,
): Promise<Applied> {
  const applied = await gitApply(folder, patch, options, context);
  if (applied.exitCode === 0) return readOffsets(applied.stderr);
  if ((await gitApply(folder, patch, ['--reverse', '--check'], context)).exitCode === 0)
    throw new PatchproofError({
      kind: 'infrastructure',
      code: 'already-applied',
      message: `The patch ${patch.name} is already in this kernel.`,
      evidence: patch.files.map((file) => `${file} has its changes`),
      remedy: 'Choose a kernel without the patch, e.g. an older --kernel.',
    });
  throw new PatchproofError({
    kind: 'infrastructure',
    code: 'patch-does-not-apply',
    message: `The patch ${patch.name} does not apply to this kernel.`,
    evidence: await rejection(folder, patch, applied.stderr),
    remedy:
      readyMade === undefined
        ? 'Rebase the patch onto this kernel, or choose the --kernel it was made for.'
        : `A variant of it for this kernel is at hand: --patch ${readyMade}`,
  });
}

async function gitApply(
  folder: string,
  patch: Patch,
  options: readonly string[],
  context: StageContext,
): Promise<Finished> {
  const real = await realpath(folder);
  return command(context, 'git', ['apply', '--verbose', '--whitespace=nowarn', ...options, '-'], {
    cwd: real,
    input: patch.text,
    env: {
      // In a folder below some repository git apply would quietly skip every file.
      GIT_CEILING_DIRECTORIES: path.dirname(real),
      GIT_DIR: undefined,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
    },
  });
}

/** Reads `Hunk #2 succeeded at 120 (offset 3 lines).` below `Checking patch FILE...`. */
function readOffsets(stderr: string): Applied {
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

/** git's complaint, and the first refused hunk of each file beside the file's own lines. */
async function rejection(folder: string, patch: Patch, stderr: string): Promise<string[]> {
  const { hunks } = parseDiff(patch.text, patch.name);
  const failed = [...stderr.matchAll(/^error: patch failed: (.+):(\d+)$/gm)];
  const evidence = [...stderr.matchAll(/^error: (.+): No such file or directory$/gm)].map(
    ([, file]) => `${file}: this kernel has no such file`,
  );
  for (const [, file, line] of failed) {
    const hunk = hunks.find((one) => one.path === file && one.oldStart === Number(line));
    if (hunk === undefined) continue;
    const text = await readFile(path.join(folder, hunk.path), 'utf8');
    evidence.push(...compareHunk(hunk, text.split('\n')));
  }
  if (evidence.length > 0) return evidence;
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('error: '))
    .map((line) => line.slice('error: '.length));
}
