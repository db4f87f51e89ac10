// SPDX-License-Identifier: MIT
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { StageContext } from '../../events.ts';
import { scratchFolder } from '../../host/cache.ts';
import { mustSucceed } from '../stage.ts';

/**
 * Rules that win over the tree's own .gitignore files. The first undoes rules that ignore everything
 * at the top, which distributions add for their packaging; the others are what a build leaves behind,
 * also in exported trees that have no .gitignore.
 */
const rules = [
  '!/*',
  '/.*',
  '!/.gitignore',
  '/debian/',
  '/tags',
  '/TAGS',
  '/cscope*',
  '/*.patch',
  '/vmlinux*',
  '/System.map',
  '/Module.symvers',
  '/modules.*',
  '/include/config/',
  '/include/generated/',
  '/arch/*/include/generated/',
  '*.o',
  '*.a',
  '*.ko',
  '*.mod',
  '*.order',
  '.*.cmd',
  '.*.d',
];

/** Every file that is source, by git's rules for ignoring, whether or not the tree is a repository. */
export async function listFiles(folder: string, context: StageContext): Promise<string[]> {
  const scratch = await scratchFolder('listing');
  try {
    const git = path.join(scratch, 'git');
    // An empty repository beside the tree: all files count as untracked, and its own is not even opened.
    for (const part of ['objects', 'refs']) await mkdir(path.join(git, part), { recursive: true });
    await writeFile(path.join(git, 'HEAD'), 'ref: refs/heads/none\n');
    const listed = await mustSucceed(
      context,
      'list the tree',
      'git',
      [
        `--git-dir=${git}`,
        `--work-tree=${folder}`,
        'ls-files',
        '-z',
        '--others',
        ...rules.map((rule) => `--exclude=${rule}`),
        '--exclude-per-directory=.gitignore',
      ],
      { cwd: folder, env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } },
    );
    return listed.stdout.split('\0').filter((name) => name !== '' && !name.endsWith('/'));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
