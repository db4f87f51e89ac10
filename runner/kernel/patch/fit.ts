// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import type { KernelSource, Patch } from '../model.ts';
import { parseSourceSpec } from '../source/spec.ts';
import { readOffsets } from './apply.ts';
import { explainRefusal } from './explain.ts';
import type { Refusal } from './explain.ts';
import { loosen } from './fuzz.ts';
import { gitApply, gitRead, mergePatch } from './git.ts';
import type { Target } from './mail/model.ts';
import { parseDiff, parsePatch } from './parse.ts';

/** What it took to make a patch apply. */
export type Way = 'exact' | 'offset' | 'three-way' | 'fuzz';

/** A patch that applies to a kernel as it is now. */
export interface Fitted {
  patch: Patch;
  way: Way;
  /** One line for each hunk that stood elsewhere, was merged, or lost some of its context. */
  details: readonly string[];
}

/** How a patch that does not apply stands to a kernel. */
export class PatchRefused extends PatchproofError {
  readonly refusals: readonly Refusal[];

  constructor(patch: Patch, refusals: readonly Refusal[], evidence: string[]) {
    super({
      kind: 'infrastructure',
      code: 'patch-does-not-apply',
      message: `The patch ${patch.name} does not apply to this kernel.`,
      evidence,
      remedy: 'Rebase the patch onto this kernel, or choose the --kernel it was made for.',
    });
    this.refusals = refusals;
  }
}

/**
 * Finds what of a patch applies to a kernel: its lines as they are, at their place or another;
 * its white space restored by the kernel's lines; merged with the blobs it was made for; with
 * less context. Nothing is written outside the cache.
 * Throws infrastructure `patch-does-not-apply` (PatchRefused) or `already-applied`.
 */
export async function fitPatch(
  source: KernelSource,
  given: Patch,
  context: StageContext,
): Promise<Fitted> {
  const found = await findFit(source, given, context);
  if (found.patch.hash === given.hash) return found;
  // What is known of a patch is known of it as it was sent.
  return { ...found, patch: { ...found.patch, givenHash: given.hash } };
}

async function findFit(source: KernelSource, given: Patch, context: StageContext): Promise<Fitted> {
  const target = targetOf(source.folder);
  const fitted = given.fit(target);
  // What the mail damaged is first read by the kernel's lines; what is whole stays as it is.
  const isWhole = given.repairs.length + given.doubts.length === 0;
  const tries = isWhole ? [given, fitted] : [fitted, given];
  const patches = tries.filter((it, index) => index === 0 || it.text !== tries[0]?.text);
  let said = '';
  for (const patch of patches) {
    const applied = await gitApply(source.folder, patch.text, ['--check'], context);
    said ||= applied.stderr;
    if (applied.exitCode !== 0) continue;
    const { exact, offsets } = readOffsets(applied.stderr);
    return { patch, way: exact ? 'exact' : 'offset', details: offsets };
  }
  for (const patch of patches) {
    const reverse = await gitApply(source.folder, patch.text, ['--reverse', '--check'], context);
    if (reverse.exitCode === 0) throw alreadyApplied(patch);
  }
  return (
    (await merged(source, fitted, context)) ??
    (await withLessContext(source, fitted, target, context)) ??
    refuse(fitted, target, said)
  );
}

/** The files of a tree, read once. */
export function targetOf(folder: string): Target {
  const read = new Map<string, readonly string[] | undefined>();
  return (name) => {
    if (!read.has(name)) read.set(name, readLines(path.join(folder, name)));
    return read.get(name);
  };
}

function readLines(file: string): readonly string[] | undefined {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw error;
  }
}

/** Where the kernel is a git tree it may know the blobs that the patch was made for. */
async function merged(
  source: KernelSource,
  patch: Patch,
  context: StageContext,
): Promise<Fitted | undefined> {
  const spec = parseSourceSpec(source.spec);
  if (spec.kind !== 'directory') return undefined;
  const words = ['rev-parse', '--path-format=absolute', '--git-path', 'objects'];
  const found = await gitRead(spec.folder, words, context);
  if (found.exitCode !== 0) return undefined;
  const objects = found.stdout.trimEnd();
  const done = await mergePatch(source.folder, patch.text, objects, context);
  if (done === undefined) return undefined;
  const files = [...done.said.matchAll(/^Applied patch to '(.+)' cleanly\.$/gm)];
  return {
    patch: rewritten(patch, done.text),
    way: 'three-way',
    details: files.map(([, file]) => `${file}: merged`),
  };
}

async function withLessContext(
  source: KernelSource,
  patch: Patch,
  target: Target,
  context: StageContext,
): Promise<Fitted | undefined> {
  const loose = loosen(parseDiff(patch.text, patch.name), target);
  if (loose === undefined) return undefined;
  const applied = await gitApply(source.folder, loose.text, ['--check'], context);
  if (applied.exitCode !== 0) return undefined;
  return { patch: rewritten(patch, loose.text), way: 'fuzz', details: loose.details };
}

/** The same change in other words: what it is called and what is known of it stays. */
function rewritten(patch: Patch, text: string): Patch {
  const { hash, files } = parsePatch(text, patch.name);
  const next: Patch = { ...patch, text, hash, files, fit: () => next };
  return next;
}

function alreadyApplied(patch: Patch): PatchproofError {
  return new PatchproofError({
    kind: 'infrastructure',
    code: 'already-applied',
    message: `The patch ${patch.name} is already in this kernel.`,
    evidence: patch.files.map((file) => `${file} has its changes`),
    remedy: 'Choose a kernel without the patch, e.g. an older --kernel.',
  });
}

function refuse(patch: Patch, target: Target, said: string): never {
  const refusals = explainRefusal(parseDiff(patch.text, patch.name), target);
  const git = said
    .split('\n')
    .filter((line) => line.startsWith('error: '))
    .map((line) => line.slice('error: '.length));
  throw new PatchRefused(
    patch,
    refusals,
    refusals.length > 0 ? refusals.flatMap(({ lines }) => lines) : git,
  );
}
