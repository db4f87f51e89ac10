// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import type { StageContext } from '../events.ts';
import { cacheRoot, lookup, publish, scratchFolder } from '../host/cache.ts';
import { diagnose } from './build/diagnose.ts';
import { selftestsKey } from './build/key.ts';
import type { KernelSource, Toolchain } from './model.ts';
import { hashFile } from './source/download.ts';
import { listFiles } from './source/list.ts';
import { command, inStage, mustSucceed } from './stage.ts';
import type { Progress } from './stage.ts';

/** A kselftest folder to build. */
export interface SelftestsRequest {
  /** The tree whose lib.mk, harness and headers are used. */
  source: KernelSource;
  /** Absolute path of the folder; only read. */
  folder: string;
  /** Its name below tools/testing/selftests/net/. */
  name: string;
  toolchain: Toolchain;
}

/** A built folder in the cache. */
export interface BuiltSelftests {
  folder: string;
  programs: readonly { name: string; file: string }[];
  /** Of one program, from the folder's `settings`. */
  timeoutMs: number;
}

/** kselftest/runner.sh: without a `settings` file a test has 45 s; `timeout=0` means no limit, here a day. */
const defaultTimeoutS = 45;
const noLimitS = 86_400;

/**
 * Builds a kselftest folder with the kernel's own lib.mk, statically, in a copy of the tree.
 * Throws infrastructure `selftests-failed` with the compiler's lines, usage `no-selftests`.
 */
export async function buildSelftests(
  request: SelftestsRequest,
  context: StageContext,
): Promise<BuiltSelftests> {
  const { source, folder, name, toolchain } = request;
  return inStage(context, 'selftests', null, `selftests ${name}`, async (progress) => {
    const files = await sourcesOf(folder, name, context);
    const key = selftestsKey(source.hash, name, await contentHash(folder, files), toolchain);
    const known = await lookup('selftests', key);
    const entry = known ?? (await build(request, files, key, progress, context));
    const list = JSON.parse(await readFile(path.join(entry, 'programs.json'), 'utf8')) as string[];
    const value = {
      folder: entry,
      programs: list.map((program) => ({ name: program, file: path.join(entry, program) })),
      timeoutMs: readTimeout(await readOptional(path.join(folder, 'settings'))) * 1000,
    };
    const count = `${list.length} ${list.length === 1 ? 'program' : 'programs'}`;
    return { value, detail: known === undefined ? count : `${count}, from the cache` };
  });
}

/** Seconds that a `settings` file allows a test program. */
export function readTimeout(settings: string): number {
  const given = /^timeout=(\d+)$/m.exec(settings)?.[1];
  if (given === undefined) return defaultTimeoutS;
  return Number(given) === 0 ? noLimitS : Number(given);
}

async function sourcesOf(folder: string, name: string, context: StageContext): Promise<string[]> {
  const isFolder = (await stat(folder).catch(() => undefined))?.isDirectory() === true;
  const files = isFolder ? (await listFiles(folder, context)).toSorted() : [];
  if (files.includes('Makefile')) return files;
  throw new PatchproofError({
    kind: 'usage',
    code: 'no-selftests',
    message: `The test collection ${name} is no kselftest folder.`,
    evidence: [isFolder ? `${folder} has no Makefile` : `${folder} is no folder`],
    remedy: 'Give a folder with a Makefile that lists TEST_GEN_PROGS and includes lib.mk.',
  });
}

async function contentHash(folder: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0${await hashFile(path.join(folder, file))}\0`);
  return hash.digest('hex');
}

async function build(
  request: SelftestsRequest,
  files: readonly string[],
  key: string,
  progress: Progress,
  context: StageContext,
): Promise<string> {
  const { source, folder, name, toolchain } = request;
  const headers = await kernelHeaders(source, toolchain, progress, context);
  const scratch = await scratchFolder('selftests');
  try {
    progress(0, null, 'compiling');
    const tree = path.join(scratch, 'src');
    await mkdir(tree);
    // lib.mk reaches up to the top for its include files; the rest of the tree is not looked at.
    for (const part of ['tools', 'scripts'])
      await mustSucceed(context, 'lay out the source', 'cp', [
        '-al',
        path.join(source.folder, part),
        path.join(tree, part),
      ]);
    const place = path.join(tree, 'tools/testing/selftests/net', name);
    await rm(place, { recursive: true, force: true });
    for (const file of files) {
      await mkdir(path.dirname(path.join(place, file)), { recursive: true });
      await copyFile(path.join(folder, file), path.join(place, file));
    }
    return await publish('selftests', key, async (entry) => {
      const words = [
        `OUTPUT=${entry}`,
        `KHDR_INCLUDES=-isystem ${path.join(headers, 'include')}`,
        'USERLDFLAGS=-static',
        ...toolchain.makeWords,
      ];
      await compile(request, place, scratch, words, context);
      await listPrograms(name, place, entry, words, context);
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function compile(
  { name, toolchain }: SelftestsRequest,
  place: string,
  scratch: string,
  words: readonly string[],
  context: StageContext,
): Promise<void> {
  const log = path.join(scratch, 'build.log');
  const made = await command(
    context,
    'make',
    ['--no-print-directory', `-j${availableParallelism()}`, ...words, 'all'],
    { cwd: place, logFile: log, env: { ARCH: toolchain.arch } },
  );
  if (made.exitCode === 0) return;
  const kept = path.join(cacheRoot(), 'failures', `selftests-${name}.log`);
  await mkdir(path.dirname(kept), { recursive: true });
  await copyFile(log, kept);
  const output = await readFile(log, 'utf8');
  throw diagnose(
    { what: `The test collection ${name}`, code: 'selftests-failed' },
    output,
    scratch,
    kept,
  );
}

/** Asks the Makefile which programs are tests, puts its scripts beside the built ones, and writes the list down. */
async function listPrograms(
  name: string,
  place: string,
  entry: string,
  words: readonly string[],
  context: StageContext,
): Promise<void> {
  const emitted = await mustSucceed(
    context,
    'list the tests',
    'make',
    ['-s', '--no-print-directory', ...words, `COLLECTION=${name}`, 'emit_tests'],
    { cwd: place },
  );
  const programs = emitted.stdout
    .split('\n')
    .filter((line) => line.startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1));
  for (const program of programs) {
    const built = await stat(path.join(entry, program)).catch(() => undefined);
    if (built === undefined) await copyFile(path.join(place, program), path.join(entry, program));
  }
  await writeFile(path.join(entry, 'programs.json'), `${JSON.stringify(programs)}\n`);
}

/** The kernel's exported headers, made once a source and architecture. */
async function kernelHeaders(
  source: KernelSource,
  toolchain: Toolchain,
  progress: Progress,
  context: StageContext,
): Promise<string> {
  progress(0, null, 'exporting the kernel headers');
  return publish(
    'selftests',
    `headers-${toolchain.arch}-${source.hash.slice(0, 32)}`,
    async (entry) => {
      const out = await scratchFolder('headers');
      try {
        await mustSucceed(context, 'export the kernel headers', 'make', [`O=${out}`, 'headers'], {
          cwd: source.folder,
          env: { ARCH: toolchain.arch },
        });
        await rename(path.join(out, 'usr/include'), path.join(entry, 'include'));
      } finally {
        await rm(out, { recursive: true, force: true });
      }
    },
  );
}

async function readOptional(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
}
