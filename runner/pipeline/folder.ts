// SPDX-License-Identifier: MIT
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';

/**
 * Makes the run directory. A folder given by the user is the run directory itself: it is
 * created, or must be empty, so that no evidence of an earlier run is mixed in or lost.
 *
 * @param given `--output-dir`
 * @param stamp names the folder below `patchproof-runs/` when none is given
 */
export async function makeRunFolder(given: string | undefined, stamp: string): Promise<string> {
  const folder = path.resolve(given ?? path.join('patchproof-runs', stamp));
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new PatchproofError({
      kind: error.code === 'ENOSPC' ? 'infrastructure' : 'usage',
      code: 'output-dir',
      message: `The run directory ${folder} cannot be made: ${error.message}.`,
      remedy: 'Name a folder that you may write to: --output-dir DIR',
      cause: error,
    });
  });
  const found = await readdir(folder);
  if (found.length > 0) {
    throw new PatchproofError({
      kind: 'usage',
      code: 'output-dir',
      message: `The run directory ${folder} is not empty.`,
      evidence: found.slice(0, 5),
      remedy: 'Name a new folder: --output-dir DIR',
    });
  }
  return folder;
}
