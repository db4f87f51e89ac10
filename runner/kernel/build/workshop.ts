// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import type { StageContext } from '../../events.ts';
import { cacheRoot } from '../../host/cache.ts';
import { run } from '../../host/process.ts';
import { checkInterrupt, interrupted, mustSucceed } from '../stage.ts';
import type { Progress } from '../stage.ts';

/** The one place where kernels are built; always the same path, so that objects do not differ by it. */
export interface Workshop {
  folder: string;
  /** A hard-linked copy of the pristine source: replace files, never write into them. */
  src: string;
  out: string;
  /** The stage's context, aborted also when the lock is lost. */
  context: StageContext;
  /** Empties the workshop and lets the next build in. */
  close(): Promise<void>;
}

/** A lock not renewed for this long belongs to a dead process. */
const staleMs = 15_000;
const retryMs = 500;

/**
 * Takes the workshop, waiting for another build to end, clears what a dead one left, and lays
 * out the source tree `source` and, if given, the objects of an earlier build of the same source.
 */
export async function openWorkshop(
  source: string,
  objects: string | undefined,
  context: StageContext,
  progress: Progress,
): Promise<Workshop> {
  const folder = path.join(cacheRoot(), 'workshop');
  await mkdir(folder, { recursive: true });
  const lost = new AbortController();
  const release = await lock(folder, context.signal, progress, () => lost.abort());
  const inner = { ...context, signal: AbortSignal.any([context.signal, lost.signal]) };
  const close = async (): Promise<void> => {
    await clear(folder);
    if (!lost.signal.aborted) await release();
  };
  try {
    await clear(folder);
    const src = path.join(folder, 'src');
    const out = path.join(folder, 'out');
    progress(0, null, 'laying out the source');
    await mustSucceed(inner, 'lay out the source', 'cp', ['-al', '--', source, src]);
    if (objects === undefined) await mkdir(out);
    // Copies, not links: compilers and linkers write into files that exist.
    else
      await mustSucceed(inner, 'lay out the objects', 'cp', [
        '-a',
        '--reflink=auto',
        '--',
        objects,
        out,
      ]);
    return { folder, src, out, context: inner, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function lock(
  folder: string,
  signal: AbortSignal,
  progress: Progress,
  onCompromised: () => void,
): Promise<() => Promise<void>> {
  for (;;) {
    checkInterrupt(signal);
    try {
      return await lockfile.lock(folder, {
        stale: staleMs,
        update: staleMs / 5,
        lockfilePath: path.join(cacheRoot(), 'workshop.lock'),
        onCompromised,
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    }
    progress(0, null, 'waiting for another build');
    await setTimeout(retryMs, undefined, { signal }).catch((error: unknown) => {
      throw signal.aborted ? interrupted() : error;
    });
  }
}

/** rm is several times faster than node on a kernel tree; also runs after Ctrl-C. */
async function clear(folder: string): Promise<void> {
  const left = ['src', 'out', 'build.log'].map((name) => path.join(folder, name));
  const removed = await run('rm', ['-rf', '--', ...left]);
  if (removed.exitCode !== 0) throw new Error(`cannot clear ${folder}: ${removed.tail.join(' ')}`);
}
