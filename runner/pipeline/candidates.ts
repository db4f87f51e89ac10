// SPDX-License-Identifier: MIT
import { PatchproofError } from '../errors.ts';
import type { KernelSource, Patch } from '../kernel/model.ts';
import { readPatch } from '../kernel/patch/read.ts';
import type { CandidateSpec, Proof } from '../proof/model.ts';

/** A candidate with its patch read. */
export interface Candidate {
  name: string;
  patch: Patch;
  /** Said beside the result, e.g. which ready-made patch was taken. */
  note: string | null;
  /** The patch that was given, where another one stands in for it. */
  insteadOf?: string;
}

/**
 * Reads the patches given on the command line, before anything costly: a file that is no
 * patch is wrong usage and stops the run here. `kernels` are the `--kernel` values: a commit is
 * looked for in those that are git trees.
 */
export async function readGiven(
  specs: readonly CandidateSpec[],
  kernels: readonly string[] = [],
): Promise<ReadonlyMap<string, Patch>> {
  const patches = new Map<string, Patch>();
  for (const { name, file } of specs) {
    if (file !== undefined) patches.set(name, await readPatch(file, { kernels }));
  }
  return patches;
}

/** The proof's own patch for this kernel's series, if it ships one. */
export function readyMade(proof: Proof, series: string): string | undefined {
  return proof.patches.find((patch) => patch.series.includes(series))?.file;
}

/** The ready-made patch of a kernel that can stand in for another one: it is about the same files. */
export async function variantOf(
  patch: Patch,
  file: string | undefined,
): Promise<Patch | undefined> {
  if (file === undefined || file === patch.file) return undefined;
  const ready = await readPatch(file);
  return ready.files.some((one) => patch.files.includes(one)) ? ready : undefined;
}

/** How reports call a ready-made patch. */
export function readyNote(series: string): string {
  return `ready-made for ${series}`;
}

/**
 * Settles which patch each candidate is on this kernel: the given one, else the ready-made
 * one of the kernel's series.
 */
export async function settleCandidates(
  specs: readonly CandidateSpec[],
  given: ReadonlyMap<string, Patch>,
  proof: Proof,
  source: KernelSource,
): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  for (const { name } of specs) {
    const patch = given.get(name);
    if (patch !== undefined) {
      candidates.push({ name, patch, note: null });
      continue;
    }
    const file = readyMade(proof, source.series);
    if (file === undefined) {
      const known = proof.patches.flatMap((ready) => ready.series).join(', ');
      throw new PatchproofError({
        kind: 'infrastructure',
        code: 'no-ready-patch',
        message: `The proof ${proof.name} has no patch for kernel ${source.version}.`,
        evidence: [`It has patches for: ${known === '' ? 'none' : known}`],
        remedy: 'Give one: --patch FILE',
      });
    }
    candidates.push({ name, patch: await readPatch(file), note: readyNote(source.series) });
  }
  return candidates;
}
