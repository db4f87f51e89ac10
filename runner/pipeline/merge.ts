// SPDX-License-Identifier: MIT
import { createWriteStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { once } from 'node:events';
import { PatchproofError } from '../errors.ts';
import type { RunEvent } from '../events.ts';
import type { RunRecord } from '../evidence/model.ts';
import { Recorder } from '../evidence/record.ts';
import { mergedHead, Rejoiner } from '../evidence/rejoin.ts';
import { Sharer } from '../evidence/share.ts';
import {
  Duplicates,
  emptyHead,
  readHead,
  shardProblems,
  type ExpectedPart,
  type ShardHead,
} from '../evidence/shards.ts';
import { eventsIn, streamFile } from './stream.ts';
import { makeRunFolder } from './folder.ts';

/** What to merge. */
export interface MergeRequest {
  /** Run directories, or folders that hold some. */
  folders: readonly string[];
  /** What the matrix asked for; empty when nobody said. */
  expected: readonly ExpectedPart[];
  argv: readonly string[];
  /** The merged run directory: empty, or not there yet. It is made once there is something to merge. */
  folder: string;
}

/**
 * Joins shards by replaying their event streams into one. Each stream is read twice, line by
 * line: first for what it says of itself, then for its evidence. What does not belong together
 * or is missing goes into the merged stream, too, so that judging it again says the same.
 */
export async function mergeShards(request: MergeRequest): Promise<RunRecord> {
  const lost: string[] = [];
  const sharer = new Sharer();
  const heads: { head: ShardHead; folder: string }[] = [];
  for (const folder of await shardFolders(request.folders)) {
    const name = path.relative('.', folder) || '.';
    try {
      heads.push({ head: sharer.share(await headOf(folder, name)), folder });
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      const why = missing ? 'it holds no events.jsonl' : (error as Error).message;
      lost.push(`The shard ${name} cannot be read: ${why}.`);
    }
  }
  if (heads.length === 0) {
    throw new PatchproofError({
      kind: 'usage',
      code: 'no-shards',
      message: 'None of the folders is a run directory.',
      evidence: lost,
      remedy: 'Name the --output-dir of each shard, or the folder that holds them all.',
    });
  }
  const all = heads.map(({ head }) => head);
  refuseMutants(all);
  const problems = [...lost, ...shardProblems(all, request.expected)];

  // Only now: a merge of nothing leaves no folder.
  await makeRunFolder(request.folder, '');
  const recorder = new Recorder();
  const output = createWriteStream(streamFile(request.folder), { flags: 'ax' });
  const push = async (event: RunEvent): Promise<void> => {
    recorder.push(event);
    if (!output.write(`${JSON.stringify(event)}\n`)) await once(output, 'drain');
  };
  for (const event of mergedHead(all, request.argv)) await push(event);
  const rejoiner = new Rejoiner();
  const duplicates = new Duplicates();
  for (const { head, folder } of heads) {
    // Twice the same evidence would count as two attempts.
    if (duplicates.has(head)) continue;
    rejoiner.startShard(path.relative(request.folder, folder));
    for await (const event of eventsIn(streamFile(folder))) {
      const joined = rejoiner.push(event);
      if (joined !== null) await push(joined);
    }
  }
  await push({ time: 0, type: 'shards-merged', shards: all.map((it) => it.name), problems });
  await push({ time: 0, type: 'run-finished' });
  output.end();
  await finished(output);
  return recorder.record();
}

/** Each mutant is compared with the one candidate of its own run: there is nothing to join. */
function refuseMutants(heads: readonly ShardHead[]): void {
  const found = heads.filter(({ proof }) => proof?.mutants !== undefined).map(({ name }) => name);
  if (found.length === 0) return;
  throw new PatchproofError({
    kind: 'usage',
    code: 'mutants',
    message: `Runs with --mutants cannot be merged: ${found.join(', ')}.`,
    remedy: 'Leave them out; each has a verdict of its own: patchproof verdict DIR',
  });
}

async function headOf(folder: string, name: string): Promise<ShardHead> {
  const head = emptyHead(name);
  for await (const event of eventsIn(streamFile(folder))) readHead(head, event);
  return head;
}

/** Each folder itself, or those in it where it is no run directory: artifacts are unpacked into one folder each. */
async function shardFolders(given: readonly string[]): Promise<string[]> {
  const folders: string[] = [];
  for (const it of given) {
    const folder = path.resolve(it);
    if (await exists(streamFile(folder))) {
      folders.push(folder);
      continue;
    }
    const inside = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const below = inside.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    folders.push(
      ...(below.length === 0 ? [folder] : below.toSorted().map((name) => path.join(folder, name))),
    );
  }
  return folders;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
