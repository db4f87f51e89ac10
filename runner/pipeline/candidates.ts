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
}

/**
 * Reads the patches given on the command line, before anything costly: a file that is no
 * patch is wrong usage and stops the run here.
 */
export async function readGiven(
  specs: readonly CandidateSpec[],
): Promise<ReadonlyMap<string, Patch>> {
  const patches = new Map<string, Patch>();
  for (const { name, file } of specs) {
    if (file !== undefined) patches.set(name, await readPatch(file));
  }
  return patches;
}

/** The proof's own patch for this kernel's series, if it ships one. */
export function readyMade(proof: Proof, series: string): string | undefined {
  return proof.patches.find((patch) => patch.series.includes(series))?.file;
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
    candidates.push({
      name,
      patch: await readPatch(file),
      note: `ready-made for ${source.series}`,
    });
  }
  return candidates;
}
