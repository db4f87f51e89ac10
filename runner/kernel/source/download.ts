// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';
import { cachePath } from '../../host/cache.ts';
import { withLock } from '../../host/lock.ts';
import { interrupted } from '../stage.ts';
import type { Progress } from '../stage.ts';

/** How often a connection that breaks off is taken up again before giving up. */
const attempts = 4;

/** Why a URL gave nothing. */
export class DownloadFailed extends Error {
  /** The server's answer, or null when there was none. */
  readonly status: number | null;
  constructor(message: string, status: number | null) {
    super(message);
    this.status = status;
  }
}

/** Fetches a small text. Throws DownloadFailed. */
export async function fetchText(url: string, signal: AbortSignal): Promise<string> {
  return (await fetchBytes(url, signal)).toString('utf8');
}

/** Fetches a small file. Throws DownloadFailed. */
export async function fetchBytes(url: string, signal: AbortSignal): Promise<Buffer> {
  const response = await request(url, {}, signal);
  if (!response.ok) throw new DownloadFailed(`${url}: HTTP ${response.status}`, response.status);
  try {
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    if (signal.aborted) throw interrupted();
    throw new DownloadFailed(`${url}: ${reason(error)}`, null);
  }
}

/**
 * Downloads to downloads/ and returns the file's path. A broken transfer goes on where it stopped
 * (HTTP Range), in this run or the next. The name is given only after the checksum matched;
 * `sha256` null takes what comes. Runs that share the cache take turns. Throws DownloadFailed,
 * infrastructure `checksum-mismatch`, `lock-lost`.
 */
export async function download(
  url: string,
  sha256: string | null,
  progress: Progress,
  signal: AbortSignal,
): Promise<string> {
  const name = `${createHash('sha256').update(`${url} ${sha256}`).digest('hex').slice(0, 16)}-${path.basename(new URL(url).pathname)}`;
  const finished = cachePath('downloads', name);
  const waiting = (): void => progress(0, null, 'waiting for another download');
  await withLock(name, signal, waiting, async (held) => {
    if (!(await exists(finished))) await complete(url, sha256, finished, progress, held);
  });
  return finished;
}

/** Fills `finished`, by way of a partial file that nobody else may write meanwhile. */
async function complete(
  url: string,
  sha256: string | null,
  finished: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const partial = `${finished}.partial`;
  await mkdir(path.dirname(finished), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    try {
      await transfer(url, partial, progress, signal);
      break;
    } catch (error) {
      if (signal.aborted) throw interrupted();
      const final = !(error instanceof DownloadFailed) || error.status !== null;
      if (final || attempt === attempts) throw error;
    }
  }
  const found = await hashFile(partial);
  if (sha256 !== null && found !== sha256) {
    await rm(partial, { force: true });
    throw new PatchproofError({
      kind: 'infrastructure',
      code: 'checksum-mismatch',
      message: `${url} does not have the checksum that was published for it.`,
      evidence: [`expected sha256 ${sha256}`, `found    sha256 ${found}`],
      remedy: 'Start the same command again; the damaged file was removed.',
    });
  }
  await rename(partial, finished);
}

/** One connection: appends to `partial` what is still missing. */
async function transfer(
  url: string,
  partial: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const have = (await stat(partial).catch(() => undefined))?.size ?? 0;
  const response = await request(url, have > 0 ? { Range: `bytes=${have}-` } : {}, signal);
  // 416: nothing is missing, or the file changed; the checksum tells which.
  if (response.status === 416 && have > 0) return;
  if (!response.ok) throw new DownloadFailed(`${url}: HTTP ${response.status}`, response.status);
  const resumed = response.status === 206;
  let done = resumed ? have : 0;
  const length = response.headers.get('content-length');
  const total = length === null ? null : done + Number(length);
  const file = await open(partial, resumed ? 'a' : 'w');
  try {
    for await (const chunk of response.body ?? []) {
      await file.write(chunk);
      done += chunk.length;
      progress(done, total, path.basename(new URL(url).pathname));
    }
  } catch (error) {
    if (isTransport(error)) throw new DownloadFailed(`${url}: ${reason(error)}`, null);
    throw error;
  } finally {
    await file.close();
  }
  if (total !== null && done < total)
    throw new DownloadFailed(`${url}: ended after ${done} of ${total} bytes`, null);
}

async function request(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await fetch(url, { headers, signal });
  } catch (error) {
    if (signal.aborted) throw interrupted();
    throw new DownloadFailed(`${url}: ${reason(error)}`, null);
  }
}

/** undici reports every broken connection as a TypeError whose cause is the real one. */
function isTransport(error: unknown): boolean {
  return error instanceof TypeError;
}

function reason(error: unknown): string {
  const cause = (error as { cause?: unknown }).cause ?? error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}

/** sha256 of a file, in hex. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
