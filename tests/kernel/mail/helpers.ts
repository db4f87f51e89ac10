// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { extractPatch } from '../../../runner/kernel/patch/extract.ts';
import type { Patch } from '../../../runner/kernel/model.ts';
import type { Target } from '../../../runner/kernel/patch/mail/model.ts';

const folder = fileURLToPath(new URL('../../fixtures/mail/', import.meta.url));

/** A file of the mail fixtures. */
export function fixture(name: string): Buffer {
  return readFileSync(folder + name);
}

/** The patches that the mails bring, as they were sent. */
export const good = {
  one: fixture('good/one.diff').toString(),
  author: fixture('good/author.diff').toString(),
  both: fixture('good/one.diff').toString() + fixture('good/two.diff').toString(),
};

const paths = ['include/ring.h', 'net/sample/ring.c'];
const files = new Map(paths.map((path) => [path, fixture(`tree/${path}`).toString().split('\n')]));

/** The tree that the patches are for. */
export const tree: Target = (path) => files.get(path);

/** A text as `--patch` reads it. */
export async function read(bytes: Buffer | string, name: string, depth?: number): Promise<Patch> {
  return extractPatch([{ bytes: Buffer.from(bytes), name, depth }], name);
}
