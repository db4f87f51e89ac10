// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import type { RunRecord } from '../evidence/model.ts';
import { fold, readEvents } from '../evidence/record.ts';

/** The record of a run directory, from its event stream alone. */
export async function recordOf(folder: string): Promise<RunRecord> {
  const file = path.join(folder, 'events.jsonl');
  try {
    return fold(readEvents(await readFile(file, 'utf8')));
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
