// SPDX-License-Identifier: MIT
import { PatchproofError } from '../errors.ts';
import type { KernelSource, Patch } from '../kernel/model.ts';
import { readPatch } from '../kernel/patch/read.ts';
import type { CandidateSpec, MutantSpec, Proof, ReadyPatch } from '../proof/model.ts';

/** A candidate with its patch read. */
export interface Candidate {
  name: string;
  /** null: the kernel of base, and only the environment differs. */
  patch: Patch | null;
  /** Of the tests. */
  environment: Readonly<Record<string, string>>;
  /** Globs over the only tests that are run on it; absent: all. */
  tests?: readonly string[];
  /** Said beside the result, e.g. which ready-made patch was taken. */
  note: string | null;
  /** The patch that was given, where another one stands in for it. */
  insteadOf?: string;
  /** Why it cannot be tried on this kernel. */
  obstacle?: PatchproofError;
}

/** A candidate that has a patch of its own. */
export type Patched = Candidate & { patch: Patch };

/** Whether a candidate changes the kernel. */
export function hasPatch<T extends Candidate>(candidate: T): candidate is T & Patched {
  return candidate.patch !== null;
}

/** A mutant of this kernel's series. */
export type Mutant = Patched & Pick<MutantSpec, 'text' | 'tests'>;

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
 * one of the kernel's series. One that has none for it keeps nobody else from being tried.
 */
export async function settleCandidates(
  specs: readonly CandidateSpec[],
  given: ReadonlyMap<string, Patch>,
  proof: Proof,
  source: KernelSource,
): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  for (const { name, named } of specs) {
    const own = {
      name,
      environment: named?.environment ?? {},
      ...(named === undefined || named.tests.length === 0 ? {} : { tests: named.tests }),
      note: null,
    };
    const patch = given.get(name);
    if (patch !== undefined) {
      candidates.push({ ...own, patch });
    } else if (named?.patches.length === 0) {
      candidates.push({ ...own, patch: null });
    } else {
      const patches = named?.patches ?? proof.patches;
      const ready = patches.find(({ series }) => series.includes(source.series));
      candidates.push(
        ready === undefined
          ? { ...own, patch: null, obstacle: noPatch(patches, name, proof, source) }
          : { ...own, patch: await readPatch(ready.file), note: readyNote(source.series) },
      );
    }
  }
  return candidates;
}

/** The mutants that are made for this kernel's series. */
export async function settleMutants(
  specs: readonly MutantSpec[],
  source: KernelSource,
): Promise<readonly Mutant[]> {
  const own = specs.filter(({ series }) => series.includes(source.series));
  return Promise.all(
    own.map(async ({ name, text, tests, file }) => {
      const patch = await readPatch(file);
      return { name, text, tests, patch, environment: {}, note: null };
    }),
  );
}

function noPatch(
  patches: readonly ReadyPatch[],
  name: string,
  proof: Proof,
  source: KernelSource,
): PatchproofError {
  const known = patches.flatMap(({ series }) => series).join(', ');
  return new PatchproofError({
    kind: 'infrastructure',
    code: 'no-ready-patch',
    message: `The proof ${proof.name} has no patch of ${name} for kernel ${source.version}.`,
    evidence: [`It has patches for: ${known === '' ? 'none' : known}`],
    remedy: `Give one: --patch ${name}=FILE`,
  });
}
