// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import { cachePath, publish, scratchFolder } from '../../host/cache.ts';
import { withLock } from '../../host/lock.ts';
import type { KernelSource } from '../model.ts';
import { command, isDiskFull, diskFull, mustSucceed } from '../stage.ts';
import type { Progress } from '../stage.ts';
import { openSource, readTreeVersion, sourceTime, writeRecord } from './tree.ts';

/** A repository and what to take from it. */
interface GitSpec {
  /** As git takes it; a local repository as an absolute path. */
  url: string;
  /** A branch, a tag, `HEAD` or a whole commit id. */
  ref: string;
}

/**
 * Gets one commit of a git repository: fetched without its history into a mirror in the cache,
 * then written out as a tree. The key is git's own hash of the tree, so that two refs with the
 * same content share kernels. A whole commit id that the mirror has is not asked for again.
 * Throws infrastructure `git-unreachable`, usage `git-no-such-ref`, `not-a-kernel-tree`.
 */
export async function gitSource(
  spec: string,
  { url, ref }: GitSpec,
  context: StageContext,
  progress: Progress,
): Promise<KernelSource> {
  const name = createHash('sha256').update(url).digest('hex').slice(0, 32);
  const mirror = cachePath('mirrors', name);
  const waiting = (): void => progress(0, null, 'waiting for another fetch of this repository');
  return withLock(`git-${name}`, context.signal, waiting, async (signal) => {
    const inside: StageContext = { ...context, signal };
    await prepare(mirror, inside);
    const commit = await obtain(mirror, url, ref, inside, progress);
    const tree = await ask(mirror, ['rev-parse', `${commit}^{tree}`], inside);
    const source = await checkOut(spec, mirror, commit, tree, inside, progress);
    return { ...source, origin: `${url} ${ref}, commit ${commit.slice(0, 12)}` };
  });
}

/**
 * The user's git configuration must not change what is checked out; a transport that runs commands
 * is refused. What git takes from GIT_CONFIG_COUNT and GIT_ASKPASS stays: tokens come that way.
 */
const environment = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
};

async function prepare(mirror: string, context: StageContext): Promise<void> {
  if ((await stat(path.join(mirror, 'HEAD')).catch(() => undefined)) !== undefined) return;
  await mkdir(mirror, { recursive: true });
  await mustSucceed(context, 'make a git mirror', 'git', ['init', '-q', '--bare', mirror], {
    env: environment,
  });
}

/** The commit behind a ref, fetched if need be. */
async function obtain(
  mirror: string,
  url: string,
  ref: string,
  context: StageContext,
  progress: Progress,
): Promise<string> {
  const whole = /^[0-9a-f]{40}$/.test(ref);
  if (whole) {
    const known = await git(mirror, ['cat-file', '-e', `${ref}^{tree}`], context);
    if (known.exitCode === 0) return ref;
  }
  progress(0, null, `fetching ${ref} of ${url}`);
  const fetched = await git(
    mirror,
    [
      'fetch',
      '--depth=1',
      '--no-tags',
      '--no-write-fetch-head',
      '--progress',
      '--',
      url,
      `+${ref}:refs/patchproof/fetched`,
    ],
    context,
    (line) => {
      // git redraws its progress line; the last state is the one that counts.
      const now = line.split('\r').findLast((part) => part.trim() !== '');
      if (now !== undefined) progress(0, null, withoutSecret(now.trim()));
    },
  );
  if (fetched.exitCode !== 0) throw notFetched(url, ref, fetched.tail);
  return ask(mirror, ['rev-parse', 'refs/patchproof/fetched^{commit}'], context);
}

/** Writes the commit's files into the cache, all with one time: objects must not depend on when it was fetched. */
async function checkOut(
  spec: string,
  mirror: string,
  commit: string,
  hash: string,
  context: StageContext,
  progress: Progress,
): Promise<KernelSource> {
  const key = `git-${hash.slice(0, 32)}`;
  await publish('sources', key, async (entry) => {
    progress(0, null, `checking out ${commit.slice(0, 12)}`);
    const tree = path.join(entry, 'tree');
    const scratch = await scratchFolder('git-index');
    try {
      await mkdir(tree);
      const env = { GIT_INDEX_FILE: path.join(scratch, 'index') };
      const at = [`--git-dir=${mirror}`, `--work-tree=${tree}`];
      for (const step of [
        ['read-tree', commit],
        ['checkout-index', '--all', '--quiet'],
      ])
        await mustSucceed(context, 'check the commit out', 'git', [...at, ...step], {
          cwd: tree,
          env: { ...environment, ...env },
        });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
    await mustSucceed(context, 'set the times of the tree', 'find', [
      tree,
      '-exec',
      'touch',
      '--no-dereference',
      `--date=${sourceTime.toISOString()}`,
      '{}',
      '+',
    ]);
    const version = await readTreeVersion(tree);
    await writeRecord(entry, { ...version, hash, origin: 'a git repository', provider: 'git' });
  });
  const source = await openSource(key, spec);
  if (source === undefined) throw new Error(`source ${key} vanished from the cache`);
  return source;
}

function git(
  mirror: string,
  args: readonly string[],
  context: StageContext,
  onLine?: (line: string) => void,
): ReturnType<typeof command> {
  return command(context, 'git', [`--git-dir=${mirror}`, ...args], {
    env: environment,
    ...(onLine === undefined ? {} : { onLine }),
  });
}

async function ask(
  mirror: string,
  args: readonly string[],
  context: StageContext,
): Promise<string> {
  const answer = await mustSucceed(
    context,
    'read the git mirror',
    'git',
    [`--git-dir=${mirror}`, ...args],
    { env: environment },
  );
  return answer.stdout.trim();
}

function notFetched(url: string, ref: string, said: readonly string[]): PatchproofError {
  const tail = said.map(withoutSecret);
  const lines = tail.filter((line) => /^(fatal|error|ssh|remote):? /.test(line));
  const evidence = (lines.length > 0 ? lines : tail).slice(-5);
  if (tail.some(isDiskFull)) return diskFull(evidence);
  if (tail.some((line) => /find remote ref|not our ref|invalid refspec/i.test(line)))
    return new PatchproofError({
      kind: 'usage',
      code: 'git-no-such-ref',
      message: `The repository ${url} has no ${ref}.`,
      evidence,
      remedy: `Name a branch, a tag or a whole commit id; these are there: git ls-remote ${url}`,
    });
  return new PatchproofError({
    kind: 'infrastructure',
    code: 'git-unreachable',
    message: `The repository ${url} cannot be read.`,
    evidence,
    remedy: `Try: git ls-remote ${url}`,
  });
}

/** git blanks the password of an address that it puts in place of another, but not a token that is the user. */
function withoutSecret(text: string): string {
  return text.replace(/(https?:\/\/)[^/@\s]+@/g, '$1');
}
