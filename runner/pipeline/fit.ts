// SPDX-License-Identifier: MIT
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import type { StageContext } from '../events.ts';
import type { Patch } from '../kernel/model.ts';
import { fitPatch } from '../kernel/patch/fit.ts';
import type { Fitted } from '../kernel/patch/fit.ts';
import { describeReading, describeWay } from '../kernel/patch/text.ts';
import { hasPatch, readyNote, variantOf, type Candidate, type Patched } from './candidates.ts';
import { failureOf } from './failure.ts';
import type { BuildSettings } from './kernels.ts';

/** What fitting looks at. */
export type FitSettings = Pick<BuildSettings, 'folder' | 'source' | 'readyMade'>;

/** What the candidates of a cell became on its kernel. */
export interface FittedCandidates<T extends Candidate> {
  /** All of them, for the record. */
  candidates: readonly T[];
  /** Those whose patch applies, and those that have none. */
  applying: readonly T[];
}

/**
 * Fits every candidate's patch to the cell's kernel, before anything is built; one that does not
 * apply becomes a failure event.
 */
export async function fitCandidates<T extends Candidate>(
  settings: FitSettings,
  given: readonly T[],
  useVariant: boolean,
  context: StageContext,
): Promise<FittedCandidates<T>> {
  const candidates: T[] = [];
  const applying: T[] = [];
  for (const candidate of given) {
    try {
      if (candidate.obstacle !== undefined) throw candidate.obstacle;
      const fitted = hasPatch(candidate)
        ? await fit(settings, candidate, useVariant, context)
        : candidate;
      candidates.push(fitted);
      applying.push(fitted);
    } catch (error) {
      context.emit(failureOf(error, context, candidate.name, 'patch', 1));
      candidates.push(candidate);
    }
  }
  return { candidates, applying };
}

async function fit<T extends Patched>(
  settings: FitSettings,
  candidate: T,
  useVariant: boolean,
  context: StageContext,
): Promise<T> {
  const { source } = settings;
  let fitted: Fitted;
  try {
    fitted = await fitPatch(source, candidate.patch, context);
  } catch (error) {
    if (!(error instanceof PatchproofError) || error.code !== 'patch-does-not-apply') throw error;
    const variant = await variantOf(candidate.patch, settings.readyMade);
    if (variant === undefined) throw error;
    if (!useVariant) throw withVariant(error, variant, source.series);
    const instead = candidate.patch.name;
    return {
      ...candidate,
      patch: (await fitPatch(source, variant, context)).patch,
      note: `${readyNote(source.series)}, taken by --use-variant in place of ${instead}, which does not apply`,
      insteadOf: instead,
    };
  }
  refuseDoubts(fitted.patch);
  const notes = [candidate.note, ...describeReading(fitted.patch), describeWay(fitted)];
  const said = notes.filter((note) => note !== null);
  return { ...candidate, patch: fitted.patch, note: said.length === 0 ? null : said.join('; ') };
}

/** The same refusal, with the way out that is at hand. */
export function withVariant(
  error: PatchproofError,
  variant: Patch,
  series: string,
): PatchproofError {
  return new PatchproofError({
    kind: 'infrastructure',
    code: error.code,
    message: error.message,
    evidence: [...error.evidence],
    remedy: `A ready-made variant for ${series} is at hand: add --use-variant, or give --patch ${variant.file}`,
    cause: error,
  });
}

/** A verdict about a patch that nobody may have sent would be none. */
export function refuseDoubts(patch: Patch): void {
  const open = patch.doubts.filter(({ about }) => about === 'content');
  if (open.length === 0) return;
  throw new PatchproofError({
    kind: 'infrastructure',
    code: 'patch-in-doubt',
    message: `What the patch ${patch.name} changes cannot be read with certainty.`,
    evidence: open.map(({ place, text }) => `${place}: ${text}`),
    remedy: `Write it to a file with: patchproof patch ${patch.name} > FILE.patch; correct the lines above in it, and give --patch FILE.patch`,
  });
}

/** Keeps each patch as it will be applied in the run directory, and tells what there is to know of it. */
export async function keepPatches(
  folder: string,
  candidates: readonly Candidate[],
  context: StageContext,
): Promise<void> {
  for (const { name, patch } of candidates) {
    if (patch === null) continue;
    const own = path.join(folder, name);
    await mkdir(own, { recursive: true });
    await writeFile(path.join(own, 'applied.patch'), patch.text);
    const text = [...patch.notes, ...describeReading(patch)].map((line) => `${name}: ${line}`);
    for (const line of text) context.emit({ type: 'note', text: line });
  }
}
