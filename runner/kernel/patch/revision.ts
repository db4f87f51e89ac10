// SPDX-License-Identifier: MIT
import { stat } from 'node:fs/promises';
import { PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import type { Patch } from '../model.ts';
import { extractPatch } from './extract.ts';
import { gitRead } from './git.ts';

/** A range as the reports and file names can carry it. */
const asName = (revision: string): string => revision.replaceAll('/', '-');

/**
 * The commits that a revision or range names in the first of the given trees that knows it, as
 * one patch; undefined when none does. Throws usage `revision` for what is no line of commits.
 */
export async function patchOfRevision(
  revision: string,
  kernels: readonly string[],
  context: StageContext,
): Promise<Patch | undefined> {
  if (revision.startsWith('-')) return undefined;
  for (const tree of kernels) {
    if ((await stat(tree).catch(() => undefined))?.isDirectory() !== true) continue;
    const git = (...words: string[]): ReturnType<typeof gitRead> => gitRead(tree, words, context);
    const isRange = revision.includes('..');
    const range = isRange ? revision : `${revision}^!`;
    const listed = await git('rev-list', '--parents', '--end-of-options', range, '--');
    if (listed.exitCode !== 0) continue;
    const commits = listed.stdout.split('\n').filter((line) => line !== '');
    const merge = commits.find((line) => line.split(' ').length > 2);
    if (commits.length === 0) throw wrong(revision, tree, 'it holds no commit');
    if (revision.includes('...')) throw wrong(revision, tree, 'A...B has two sides');
    if (merge !== undefined) throw wrong(revision, tree, `${merge.slice(0, 12)} is a merge`);
    const words = ['--stdout', '--binary', '--no-numbered', '--subject-prefix=PATCH'];
    const plain = ['--no-attach', '--no-cover-letter', '--no-signature', '--no-ext-diff'];
    const made = await git('format-patch', ...words, ...plain, '--end-of-options', range);
    if (made.exitCode !== 0) throw wrong(revision, tree, made.tail.at(-1) ?? 'git refuses it');
    const bytes = Buffer.from(made.stdout, 'utf8');
    const patch = await extractPatch([{ bytes, name: revision }], asName(revision));
    return { ...patch, repository: tree };
  }
  return undefined;
}

function wrong(revision: string, tree: string, why: string): PatchproofError {
  return new PatchproofError({
    kind: 'usage',
    code: 'revision',
    message: `${revision} is no line of commits in ${tree}: ${why}.`,
    remedy: 'Give one commit, or a range without merges: --patch HEAD~3..HEAD',
  });
}
