// SPDX-License-Identifier: MIT
import { statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';

/**
 * What an error of our own file work means for the person: infrastructure `disk-full` or
 * `no-access`; undefined for every other error.
 */
export function fileError(error: unknown): PatchproofError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path: file } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new PatchproofError({
      kind: 'infrastructure',
      code: 'disk-full',
      message:
        file === undefined ? 'The disk is full.' : `The disk is full: ${file} cannot be written.`,
      evidence: [error.message],
      remedy:
        'Free some space, or set PATCHPROOF_CACHE_DIR to a folder on a larger disk (about 4 GB a kernel).',
      cause: error,
    });
  // Without a path it is a socket or a process that was refused.
  if ((code !== 'EACCES' && code !== 'EROFS') || file === undefined) return undefined;
  return new PatchproofError({
    kind: 'infrastructure',
    code: 'no-access',
    message:
      code === 'EROFS'
        ? `${file} is on a file system that is mounted read-only.`
        : `This user may not use ${file}.`,
    evidence: [error.message, ...(code === 'EACCES' ? [ownership(file)] : [])],
    remedy:
      'Have its owner let you write there, or choose another folder: PATCHPROOF_CACHE_DIR for the cache, --output-dir for the run.',
    cause: error,
  });
}

/** Who owns a path, or the nearest folder above it that can be looked at. */
function ownership(file: string): string {
  const above = path.dirname(file);
  let found: Stats;
  try {
    found = statSync(file);
  } catch (error) {
    if (above === file) throw error;
    return ownership(above);
  }
  const mode = (found.mode & 0o7777).toString(8);
  return `${file} belongs to user ${found.uid}, mode ${mode}; this is user ${process.getuid?.()}`;
}
