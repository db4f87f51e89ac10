// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { mkdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { cachePath } from '../host/cache.ts';
import { run } from '../host/process.ts';

/** Compares dotted versions by number; what follows the digits (`-1~deb12u1`) does not count. */
export function isAtLeast(version: string, least: string): boolean {
  const numbers = (text: string): number[] =>
    (/\d+(\.\d+)*/.exec(text)?.[0] ?? '0').split('.').map(Number);
  const [have, want] = [numbers(version), numbers(least)];
  for (const [index, number] of want.entries()) {
    const own = have[index] ?? 0;
    if (own !== number) return own > number;
  }
  return true;
}

/**
 * The version that a program prints. Remembered as long as the file stays the same, because
 * asking vng starts a Python: a set-up that finds everything in place should cost nothing.
 */
export async function versionOf(file: string, args: readonly string[]): Promise<string> {
  const target = await realpath(file);
  const { mtimeMs, ctimeMs, size } = await stat(target);
  const identity = JSON.stringify([target, mtimeMs, ctimeMs, size, args]);
  const key = createHash('sha256').update(identity).digest('hex').slice(0, 32);
  const memory = cachePath('probes', `version-${key}`);
  const known = await readFile(memory, 'utf8').catch(() => undefined);
  if (known !== undefined) return known;
  const { stdout } = await run(file, args, { timeoutMs: 20_000 });
  const version = /\d+(\.\d+)+/.exec(stdout)?.[0];
  if (version === undefined) return 'an unknown version';
  await mkdir(path.dirname(memory), { recursive: true });
  await writeFileAtomic(memory, version);
  return version;
}
