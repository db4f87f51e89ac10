// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import type { StageContext } from '../../events.ts';
import { cacheRoot } from '../../host/cache.ts';
import type { CommandLine } from '../../host/command-line.ts';
import { run } from '../../host/process.ts';
import { inStage, interrupted, mustSucceed } from '../stage.ts';

/** The one place where kernels are built; always the same path, so that objects do not differ by it. */
export interface Workshop {
  folder: string;
  /** A hard-linked copy of the pristine source: replace files, never write into them. */
  src: string;
  out: string;
  /** The caller's context, aborted also when the lock is lost. */
  context: StageContext;
  /** Lays out the source tree and, if given, the objects of an earlier build of the same source. */
  layOut(source: string, objects: string | undefined): Promise<void>;
  /** Whether another process has taken the workshop over: nothing in it can be relied on. */
  isLost(): boolean;
  /** Throws when another process has laid out its work here since: what is in `out` is not ours. */
  mustBeOurs(): Promise<void>;
  /** Empties the workshop and lets the next build in. */
  close(): Promise<void>;
}

/** Where the workshop is. */
export function workshopPlace(): Pick<Workshop, 'folder' | 'src' | 'out'> {
  const folder = path.join(cacheRoot(), 'workshop');
  return { folder, src: path.join(folder, 'src'), out: path.join(folder, 'out') };
}

/** What a build leaves in the workshop. */
function leavings(): string[] {
  const { folder } = workshopPlace();
  return ['src', 'out', 'build.log', 'owner'].map((name) => path.join(folder, name));
}

/** The command that empties the workshop; rm is several times faster than node on a kernel tree. */
export function clearLine(): CommandLine {
  return { program: 'rm', args: ['-rf', '--', ...leavings()] };
}

/** How the source and the objects of an earlier build, or an empty folder, get into the workshop. */
export function layOutLines(source: string, objects: string | undefined): CommandLine[] {
  const { src, out } = workshopPlace();
  return [
    { program: 'cp', args: ['-al', '--', source, src] },
    objects === undefined
      ? { program: 'mkdir', args: [out] }
      : // Copies, not links: compilers and linkers write into files that exist.
        { program: 'cp', args: ['-a', '--reflink=auto', '--', objects, out] },
  ];
}

/** A lock not renewed for this long belongs to a dead process. */
const staleMs = 15_000;
const retryMs = 500;

/** Takes the workshop, waiting for another build to end, and clears what a dead one left. */
export async function openWorkshop(context: StageContext, variant: string): Promise<Workshop> {
  const { folder, src, out } = workshopPlace();
  await mkdir(folder, { recursive: true });
  const lost = new AbortController();
  const tryLock = (): Promise<(() => Promise<void>) | undefined> =>
    lockfile
      .lock(folder, {
        stale: staleMs,
        update: staleMs / 5,
        lockfilePath: path.join(cacheRoot(), 'workshop.lock'),
        onCompromised: () => lost.abort(),
      })
      .catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ELOCKED') return undefined;
        throw error;
      });
  const release = (await tryLock()) ?? (await waitFor(tryLock, context, variant));
  const close = async (): Promise<void> => {
    if (lost.signal.aborted) return;
    await clear(folder);
    await release();
  };
  // The lock is lost to time, and a stopped process (Ctrl-Z) does not see time pass.
  const owner = path.join(folder, 'owner');
  const token = randomUUID();
  const mustBeOurs = async (): Promise<void> => {
    if (lost.signal.aborted || (await readFile(owner, 'utf8').catch(() => '')) !== token) {
      lost.abort();
      throw new Error('the workshop is not ours any more');
    }
  };
  const inner = { ...context, signal: AbortSignal.any([context.signal, lost.signal]) };
  try {
    await clear(folder);
  } catch (error) {
    await release();
    throw error;
  }
  const layOut = async (source: string, objects: string | undefined): Promise<void> => {
    await writeFile(owner, token);
    for (const { program, args } of layOutLines(source, objects))
      await mustSucceed(inner, 'lay out the source', program, args);
  };
  return {
    folder,
    src,
    out,
    context: inner,
    layOut,
    isLost: () => lost.signal.aborted,
    mustBeOurs,
    close,
  };
}

/** Repeats `tryLock` until it yields something, as a stage of its own that a person can see. */
async function waitFor<T>(
  tryLock: () => Promise<T | undefined>,
  context: StageContext,
  variant: string,
): Promise<T> {
  const { signal } = context;
  return inStage(context, 'build', variant, 'waiting for another build', async (progress) => {
    for (;;) {
      progress(0, null, 'waiting for another build');
      await setTimeout(retryMs, undefined, { signal }).catch((error: unknown) => {
        throw signal.aborted ? interrupted() : error;
      });
      const value = await tryLock();
      if (value !== undefined) return { value, detail: 'the other build has ended' };
    }
  });
}

/** Also runs after Ctrl-C. */
async function clear(folder: string): Promise<void> {
  if (!leavings().some((left) => existsSync(left))) return;
  const { program, args } = clearLine();
  const removed = await run(program, args);
  if (removed.exitCode !== 0) throw new Error(`cannot clear ${folder}: ${removed.tail.join(' ')}`);
}
