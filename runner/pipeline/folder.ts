// SPDX-License-Identifier: MIT
import { constants } from 'node:fs';
import { access, mkdir, readdir } from 'node:fs/promises';
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
  await makeWritable(folder).catch((error: NodeJS.ErrnoException) => {
    throw unusable(folder, error);
  });
  await checkRunFolder(folder);
  return folder;
}

/**
 * Makes the folder of `O=` before minutes of building for it. What it holds stays: kernels of
 * other cells may be there. Throws usage `output`, or infrastructure where there is no space.
 */
export async function makeOutputFolder(given: string): Promise<void> {
  await makeWritable(path.resolve(given)).catch((error: NodeJS.ErrnoException) => {
    throw new PatchproofError({
      kind: kindOf(error),
      code: 'output',
      message: `O=${given} cannot be written to: ${error.message}.`,
      remedy: 'Name a folder that you may write to: O=DIR',
      cause: error,
    });
  });
}

async function makeWritable(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await access(folder, constants.W_OK | constants.X_OK);
}

/** Refuses a run directory that holds something already, and makes nothing. */
export async function checkRunFolder(given: string): Promise<void> {
  const folder = path.resolve(given);
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw unusable(folder, error);
  });
  if (found.length === 0) return;
  throw new PatchproofError({
    kind: 'usage',
    code: 'output-dir',
    message: `The run directory ${folder} is not empty.`,
    evidence: found.slice(0, 5),
    remedy: 'Name a new folder: --output-dir DIR',
  });
}

function unusable(folder: string, error: NodeJS.ErrnoException): PatchproofError {
  return new PatchproofError({
    kind: kindOf(error),
    code: 'output-dir',
    message: `The run directory ${folder} cannot be used: ${error.message}.`,
    remedy: 'Name a folder that you may write to: --output-dir DIR',
    cause: error,
  });
}

function kindOf(error: NodeJS.ErrnoException): 'infrastructure' | 'usage' {
  return error.code === 'ENOSPC' ? 'infrastructure' : 'usage';
}
