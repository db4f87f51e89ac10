// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import { PatchproofError } from '../errors.ts';
import { cacheRoot } from './cache.ts';

/** A lock not renewed for this long belongs to a dead process. */
const staleMs = 15_000;
const retryMs = 500;

/**
 * Does `work` while no other process that shares the cache does work under the same name;
 * `waiting` is called as long as another one does. The signal that `work` gets is aborted by
 * `signal` and when the lock is lost, as a process that was stopped for long loses it.
 * Throws `interrupted`; infrastructure `lock-lost`.
 */
export async function withLock<T>(
  name: string,
  signal: AbortSignal,
  waiting: () => void,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const file = path.join(cacheRoot(), 'locks', name);
  await mkdir(path.dirname(file), { recursive: true });
  const lost = new AbortController();
  const tryLock = (): Promise<(() => Promise<void>) | undefined> =>
    lockfile
      .lock(file, {
        stale: staleMs,
        update: staleMs / 5,
        realpath: false,
        lockfilePath: file,
        onCompromised: () => lost.abort(),
      })
      .catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ELOCKED') return undefined;
        throw error;
      });
  let release = await tryLock();
  while (release === undefined) {
    waiting();
    await setTimeout(retryMs, undefined, { signal }).catch((error: unknown) => {
      throw signal.aborted ? interrupted() : error;
    });
    release = await tryLock();
  }
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } catch (error) {
    throw lost.signal.aborted && !signal.aborted ? lockLost(name, error) : error;
  } finally {
    if (!lost.signal.aborted) await release();
  }
}

function interrupted(): PatchproofError {
  return new PatchproofError({
    kind: 'interrupted',
    code: 'interrupted',
    message: 'Interrupted.',
    remedy: 'Start the same command again; finished stages come from the cache.',
  });
}

function lockLost(name: string, cause: unknown): PatchproofError {
  return new PatchproofError({
    kind: 'infrastructure',
    code: 'lock-lost',
    message: `Another run has taken over the lock ${name}, which this one did not renew in time.`,
    remedy: 'Start the same command again.',
    cause,
  });
}
