// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';
import type { Patch } from '../model.ts';
import { parsePatch } from './parse.ts';

/** Reads a patch file, or standard input for `-`. Throws the usage errors of parsePatch and `no-such-patch`. */
export async function readPatch(file: string): Promise<Patch> {
  if (file === '-') return parsePatch(decode(await buffer(process.stdin), 'stdin'), 'stdin');
  const absolute = path.resolve(file);
  const bytes = await readFile(absolute).catch((error: NodeJS.ErrnoException) => {
    throw new PatchproofError({
      kind: 'usage',
      code: 'no-such-patch',
      message: `The patch ${file} cannot be read.`,
      evidence: [error.message],
      remedy: 'Check the path after --patch.',
      cause: error,
    });
  });
  return parsePatch(decode(bytes, file), path.basename(file), absolute);
}

/** Only UTF-8: another encoding would be changed on its way to git apply. */
function decode(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new PatchproofError({
      kind: 'usage',
      code: 'not-a-patch',
      message: `${name} is not UTF-8 text.`,
      remedy: 'Give --patch what git diff or git format-patch wrote.',
      cause: error,
    });
  }
}
