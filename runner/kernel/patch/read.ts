// SPDX-License-Identifier: MIT
import { readFile, readdir, stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import type { Patch } from '../model.ts';
import { extractPatch } from './extract.ts';
import type { GivenText } from './extract.ts';
import { fetchThread, threadOf } from './lore.ts';
import { patchOfRevision } from './revision.ts';

/** What may be needed to understand `--patch`. */
export interface ReadOptions {
  /** The `--kernel` values: in a git tree among them a commit or a range is looked for. */
  kernels?: readonly string[];
  /** Quote marks before the patch, where a text holds several. */
  depth?: number | undefined;
}

/**
 * Reads what `--patch` names: a file (diff, mail, mailbox), `-`, a folder (quilt's `series`, or
 * the files of git format-patch), a message-id or an address on the web, a commit or range of a
 * given git tree. What is on the disk wins. Throws the usage errors of extractPatch, usage
 * `no-such-patch`, `no-such-message`, `series-file`, infrastructure `no-network`.
 */
export async function readPatch(
  given: string,
  options: ReadOptions = {},
  context: StageContext = alone,
): Promise<Patch> {
  const { depth } = options;
  if (given === '-') {
    const bytes = unzip(await buffer(process.stdin));
    return extractPatch([{ bytes, name: 'stdin', depth }], 'stdin');
  }
  const absolute = path.resolve(given);
  const info = await stat(absolute).catch(() => undefined);
  const base = path.basename(absolute);
  if (info?.isDirectory() === true)
    return extractPatch(await readFolder(given, absolute), base, absolute);
  if (info !== undefined) {
    const bytes = unzip(await readBytes(given, absolute));
    return extractPatch([{ bytes, name: given, depth }], base, absolute);
  }
  const thread = threadOf(given);
  if (thread !== undefined) {
    const bytes = unzip(await fetchThread(thread, context));
    return extractPatch([{ bytes, name: given, messageId: thread.messageId, depth }], given);
  }
  const found = await patchOfRevision(given, options.kernels ?? [], context);
  if (found !== undefined) return found;
  throw new PatchproofError({
    kind: 'usage',
    code: 'no-such-patch',
    message: `The patch ${given} cannot be read: it is no file, and no commit of a git tree given with --kernel.`,
    remedy:
      'Give --patch a file, a folder with a series file, -, a message-id (in angle brackets if it holds a =), an address, or a range such as HEAD~3..HEAD of the --kernel tree.',
  });
}

/** Reading a patch is no stage of a run. */
const alone: StageContext = {
  emit: () => undefined,
  signal: new AbortController().signal,
  cell: '',
};

async function readBytes(given: string, absolute: string): Promise<Buffer> {
  return readFile(absolute).catch((error: NodeJS.ErrnoException) => {
    throw new PatchproofError({
      kind: 'usage',
      code: 'no-such-patch',
      message: `The patch ${given} cannot be read.`,
      evidence: [error.message],
      remedy: 'Check the path after --patch.',
      cause: error,
    });
  });
}

function unzip(bytes: Buffer): Buffer {
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
}

/** The patches of a folder in their order: by its `series` file, else those that are numbered. */
async function readFolder(given: string, absolute: string): Promise<GivenText[]> {
  const names = await readdir(absolute);
  const list = names.includes('series')
    ? seriesOf(await readFile(path.join(absolute, 'series'), 'utf8'), path.join(given, 'series'))
    : names
        .filter((name) => /^(v\d+-)?\d{4}-.*\.(patch|eml|txt)$/.test(name))
        .toSorted()
        .filter((name) => !/^(v\d+-)?0000-/.test(name));
  if (list.length === 0)
    throw new PatchproofError({
      kind: 'usage',
      code: 'series-file',
      message: `The folder ${given} has no series file that names a patch, and no numbered patches.`,
      evidence: names.toSorted().slice(0, 5),
      remedy: 'Write a file called series into it, with one patch a line in their order.',
    });
  return Promise.all(
    list.map(async (name) => {
      const bytes = unzip(await readBytes(path.join(given, name), path.join(absolute, name)));
      return { bytes, name: path.join(given, name) };
    }),
  );
}

/** quilt's series file: one patch a line, `#` begins a comment, options of patch may follow. */
function seriesOf(text: string, file: string): string[] {
  return text.split('\n').flatMap((raw, index) => {
    const [name, ...options] = raw
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/\s+/);
    if (name === undefined || name === '') return [];
    const strange = options.find((option) => option !== '-p1');
    if (strange === undefined) return [name];
    throw new PatchproofError({
      kind: 'usage',
      code: 'series-file',
      message: `${file}:${index + 1}: the option ${strange} is not understood.`,
      evidence: [raw],
      remedy: 'Make the patch with git diff, so that its paths begin with a/ and b/ (-p1).',
    });
  });
}
