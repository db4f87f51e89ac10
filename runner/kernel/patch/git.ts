// SPDX-License-Identifier: MIT
import { cp, mkdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { StageContext } from '../../events.ts';
import { scratchFolder } from '../../host/cache.ts';
import type { CommandLine } from '../../host/command-line.ts';
import type { Finished } from '../../host/process.ts';
import { command, execute, mustSucceed } from '../stage.ts';

/** git without the person's settings. */
const plain = {
  GIT_DIR: undefined,
  GIT_WORK_TREE: undefined,
  GIT_INDEX_FILE: undefined,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

/** `git apply` in a tree that need not be a repository; the patch is on standard input. */
export function applyLine(folder: string, options: readonly string[] = []): CommandLine {
  return {
    program: 'git',
    args: ['apply', '--verbose', '--whitespace=nowarn', ...options, '-'],
    cwd: folder,
    // In a folder below some repository git apply would quietly skip every file.
    env: { ...plain, GIT_CEILING_DIRECTORIES: path.dirname(folder) },
  };
}

/** Applies a patch, or tries to. */
export async function gitApply(
  folder: string,
  text: string,
  options: readonly string[],
  context: StageContext,
): Promise<Finished> {
  return execute(context, applyLine(await realpath(folder), options), { input: text });
}

/** A command in the person's own repository, which is only read. */
export async function gitRead(
  repository: string,
  words: readonly string[],
  context: StageContext,
): Promise<Finished> {
  return command(context, 'git', ['--no-optional-locks', '-C', repository, ...words], {
    env: { ...plain, GIT_NO_LAZY_FETCH: '1' },
  });
}

/**
 * Merges a patch into copies of the files it is about, with the blobs it was made for, and yields
 * the change as a patch that applies exactly; undefined when git refuses.
 *
 * @param objects the objects folder of the repository that may have the blobs
 */
export async function mergePatch(
  tree: string,
  text: string,
  objects: string,
  context: StageContext,
): Promise<{ text: string; said: string } | undefined> {
  const folder = await scratchFolder('fit');
  const git = async (...words: string[]): Promise<string> =>
    (await mustSucceed(context, 'try the patch', 'git', words, { cwd: folder, env: plain })).stdout;
  try {
    await git('init', '-q');
    for (const file of filesNamed(text)) {
      const from = path.join(tree, file);
      if ((await stat(from).catch(() => undefined))?.isFile() !== true) continue;
      await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
      await cp(from, path.join(folder, file), { preserveTimestamps: true });
    }
    const alternates = path.join(folder, '.git', 'objects', 'info', 'alternates');
    await writeFile(alternates, `${objects}\n`);
    await git('add', '--all', '--force');
    const before = (await git('write-tree')).trim();
    const applied = await command(
      context,
      'git',
      ['apply', '--verbose', '--whitespace=nowarn', '--index', '--3way', '-'],
      { cwd: folder, input: text, env: plain },
    );
    if (applied.exitCode !== 0) return undefined;
    const diff = await git('diff-index', '--cached', '-p', '--binary', '--full-index', before);
    return { text: diff, said: applied.stderr };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Every path that a diff names on its old or new side. */
function filesNamed(text: string): Set<string> {
  const names = new Set<string>();
  for (const line of text.split('\n')) {
    const named = /^(?:--- |\+\+\+ )"?[^/]+\/([^\t"]+)|^(?:rename|copy) (?:from|to) (.+)$/.exec(
      line,
    );
    const name = named?.[1] ?? named?.[2];
    if (name !== undefined) names.add(name);
  }
  return names;
}
