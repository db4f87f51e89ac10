// SPDX-License-Identifier: MIT
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import { run } from '../host/process.ts';
import { addMaintained, addTarget, alreadyThere } from './edits.ts';

const target = 'net/tcp_repair';
const makefile = 'tools/testing/selftests/Makefile';
const place = `tools/testing/selftests/${target}`;
const section = 'NETWORKING [TCP]';

const message = `selftests: net: add tests of TCP_REPAIR

A socket in repair mode is dumped and rebuilt elsewhere, so what it
receives meanwhile must neither change what has been dumped nor be
acknowledged.

The tests freeze one end of a connection between network namespaces, let
its peer send, and check sequence numbers, queues and acknowledgments;
hand the connection over to another namespace and read the stream to its
end; and count what was dropped by the socket and by the drop reason.
They need CAP_SYS_ADMIN for their network namespaces and skip what a
kernel has not.

Two programs are built and not run: stress, for as long as it is given,
and measure, which prints numbers. Each tells at its top how to run it.
`;

/** What the patch is made of. */
export interface PatchRequest {
  /** The kernel tree that the patch is for; only read. */
  tree: string;
  /** The selftests' folder; only read. */
  folder: string;
}

/**
 * The selftests as a mail for `git am` on that tree: the folder, its line in the selftests' Makefile
 * and in MAINTAINERS, signed off by git's user. Throws usage errors that name what is missing.
 */
export async function selftestPatch({ tree, folder }: PatchRequest): Promise<string> {
  const edits = {
    [makefile]: addTarget(await ofTree(tree, makefile), target),
    MAINTAINERS: addMaintained(await ofTree(tree, 'MAINTAINERS'), section, `${place}/`),
  };
  if ((await stat(path.join(tree, place)).catch(() => undefined)) !== undefined)
    throw alreadyThere(path.join(tree, place));
  const who = await identity();
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'patchproof-selftest-patch-'));
  try {
    const git = gitIn(scratch, who);
    await git('init', '--quiet');
    for (const file of Object.keys(edits)) {
      await mkdir(path.dirname(path.join(scratch, file)), { recursive: true });
      await writeFile(path.join(scratch, file), await ofTree(tree, file));
    }
    await git('add', '--all');
    await git('commit', '--quiet', '--message=base');
    for (const [file, text] of Object.entries(edits))
      await writeFile(path.join(scratch, file), text);
    // The folder's own .gitignore keeps built programs out.
    await cp(folder, path.join(scratch, place), { recursive: true });
    await git('add', '--all');
    await git('commit', '--quiet', '--signoff', `--message=${message}`);
    return await git('format-patch', '-1', '--stdout', '--subject-prefix=PATCH net-next');
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function ofTree(tree: string, file: string): Promise<string> {
  return readFile(path.join(tree, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    throw new PatchproofError({
      kind: 'usage',
      code: 'no-kernel-tree',
      message: `${tree} is no kernel tree.`,
      evidence: [`it has no ${file}`],
      remedy: 'Give --tree the top folder of an unpacked kernel source.',
    });
  });
}

/** Who signs off: what git would use, `Name <address>`. */
async function identity(): Promise<{ name: string; email: string }> {
  const asked = await run('git', ['-c', 'user.useConfigOnly=true', 'var', 'GIT_AUTHOR_IDENT']);
  const [, name, email] = /^(.+) <(.+)> \d+ /.exec(asked.stdout) ?? [];
  if (asked.exitCode === 0 && name !== undefined && email !== undefined) return { name, email };
  throw new PatchproofError({
    kind: 'usage',
    code: 'no-identity',
    message: 'git does not know who signs the patch off.',
    evidence: [...asked.tail],
    remedy: 'Run: git config --global user.name NAME; git config --global user.email ADDRESS',
  });
}

/** git in a repository that is not to be shaped by anybody's configuration. */
function gitIn(
  cwd: string,
  who: { name: string; email: string },
): (...args: string[]) => Promise<string> {
  const env = {
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_DIR: undefined,
    GIT_WORK_TREE: undefined,
    GIT_INDEX_FILE: undefined,
    GIT_AUTHOR_NAME: who.name,
    GIT_AUTHOR_EMAIL: who.email,
    GIT_COMMITTER_NAME: who.name,
    GIT_COMMITTER_EMAIL: who.email,
  };
  return async (...args) => {
    const done = await run('git', args, { cwd, env });
    if (done.exitCode === 0) return done.stdout;
    throw new PatchproofError({
      kind: 'infrastructure',
      code: 'git-failed',
      message: `git ${args[0]} failed while the patch was made.`,
      evidence: [...done.tail],
      remedy: 'See what git says.',
    });
  };
}
