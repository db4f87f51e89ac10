// SPDX-License-Identifier: MIT
import { PatchproofError } from '../errors.ts';
import type { RunRecord } from '../evidence/model.ts';
import { Recorder } from '../evidence/record.ts';
import { eventsIn, streamFile } from '../pipeline/stream.ts';

/** The record of a run directory, from its event stream alone. */
export async function recordOf(folder: string): Promise<RunRecord> {
  const recorder = new Recorder();
  try {
    for await (const event of eventsIn(streamFile(folder))) recorder.push(event);
    return recorder.record();
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'it has no events.jsonl'
        : (error as Error).message;
    throw new PatchproofError({
      kind: 'usage',
      code: 'no-run-directory',
      message: `${folder} is not a run directory that can be read: ${why}.`,
      remedy: 'Name the --output-dir of a run, or a folder below patchproof-runs/.',
      cause: error,
    });
  }
}
