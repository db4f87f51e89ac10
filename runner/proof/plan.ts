// SPDX-License-Identifier: MIT
import { PatchproofError } from '../errors.ts';
import { base, defaultCandidate } from './model.ts';
import type { CandidateSpec, Cell, ImageName, Plan, Proof } from './model.ts';
import { suggestion } from './nearest.ts';
import { safeName } from './schema.ts';

/** What the command line puts in the place of the proof file's own lists. */
export interface Overrides {
  kernels?: readonly string[];
  profiles?: readonly string[];
  candidates?: readonly CandidateSpec[];
  image?: ImageName;
  /** Try the proof's mutants beside the candidate. */
  mutants?: boolean;
  /** What said so, where it was not the command line. */
  saidBy?: { kernels?: string; profiles?: string };
  /** Nothing is to be proved, only looked at: no candidate is needed. */
  withoutCandidate?: boolean;
}

/**
 * One cell for each kernel and profile, every candidate in each. Throws PatchproofError
 * (usage) `nothing-to-prove` without any patch, `candidate-name` for a name that is taken or
 * cannot be a folder's.
 */
export function planCells(proof: Proof, overrides: Overrides = {}): Plan {
  const kernels = chosen(overrides.kernels, proof.kernels);
  const profiles = chosen(overrides.profiles, proof.profiles);
  const own = proof.patches.length > 0 ? [{ name: defaultCandidate }] : [];
  const candidates = overrides.candidates?.length ? overrides.candidates : own;
  if (candidates.length === 0 && overrides.withoutCandidate !== true) {
    throw new PatchproofError({
      kind: 'usage',
      code: 'nothing-to-prove',
      message: `The proof "${proof.name}" has no patch of its own and none was given.`,
      remedy: 'Name one: patchproof run --patch FILE',
    });
  }
  const mutants = overrides.mutants === true ? proof.mutants : [];
  checkNames([...candidates, ...new Map(mutants.map((it) => [it.name, it])).values()]);
  if (overrides.mutants === true) checkMutants(proof, candidates);
  const taken = new Set<string>();
  const cells = kernels.flatMap((kernel) =>
    profiles.map((profile): Cell => {
      const id = freeId(`${pathSafe(kernel)}/${pathSafe(profile)}`, taken);
      const because = why(overrides, kernel, profile);
      const image = overrides.image ?? proof.image;
      const { tests } = proof;
      return { id, kernel, profile, candidates, mutants, tests, image, why: because };
    }),
  );
  return { proof, cells };
}

/**
 * Candidates of `--patch FILE` and `--patch NAME=FILE`, paths as typed. One without a name is
 * `patched`; two or more need names, or no report could tell them apart. Throws
 * `candidate-name` (usage).
 */
export function candidatesOf(given: readonly string[]): CandidateSpec[] {
  const candidates = given.map((text): CandidateSpec => {
    const [, name, file] = /^([A-Za-z0-9][A-Za-z0-9._-]*)=(.+)$/s.exec(text) ?? [];
    return name === undefined || file === undefined
      ? { name: defaultCandidate, file: text }
      : { name, file };
  });
  checkNames(candidates);
  if (candidates.filter(({ file }) => file === '-').length > 1)
    throw new PatchproofError({
      kind: 'usage',
      code: 'candidate-name',
      message: 'Standard input holds one patch, and two candidates ask for it.',
      remedy: 'Give --patch NAME=- once, and the others as files.',
    });
  return candidates;
}

/** The candidates that a proof knows by these names. Throws usage `no-such-candidate`. */
export function namedCandidates(proof: Proof, names: readonly string[]): CandidateSpec[] {
  const known = Object.keys(proof.candidates);
  return names.map((name) => {
    const named = proof.candidates[name];
    if (named !== undefined) return { name, named };
    throw new PatchproofError({
      kind: 'usage',
      code: 'no-such-candidate',
      message: `The proof ${proof.name} has no candidate "${name}"${suggestion(name, known)}`,
      evidence: known.length === 0 ? ['It has none of its own.'] : known,
      remedy: 'Give --candidate one of its names, or a patch: --patch NAME=FILE',
    });
  });
}

function checkMutants(proof: Proof, candidates: readonly CandidateSpec[]): void {
  const problem =
    proof.mutants.length === 0
      ? `The proof "${proof.name}" has no mutants.`
      : candidates.length > 1
        ? 'Mutants are told from one candidate, and there are several.'
        : undefined;
  if (problem === undefined) return;
  throw new PatchproofError({
    kind: 'usage',
    code: 'mutants',
    message: problem,
    remedy: 'List them in proof.yaml, and give --mutants at most one --patch or --candidate.',
  });
}

function chosen(given: readonly string[] | undefined, own: readonly string[]): string[] {
  return [...new Set(given === undefined || given.length === 0 ? own : given)];
}

function checkNames(candidates: readonly CandidateSpec[]): void {
  const seen = new Set<string>();
  for (const { name } of candidates) {
    const problem = !safeName.test(name)
      ? 'is not letters, digits, ".", "_" and "-"'
      : name === base
        ? 'is the name of the side without a patch'
        : seen.has(name)
          ? 'is given to two patches'
          : undefined;
    seen.add(name);
    if (problem === undefined) continue;
    throw new PatchproofError({
      kind: 'usage',
      code: 'candidate-name',
      message: `The candidate name "${name}" ${problem}.`,
      remedy: 'Give each patch a name of its own: --patch v1=FILE --patch v2=FILE',
    });
  }
}

/** Cells are folders of the run directory, so a kernel's path or URL must not reach out of it. */
function pathSafe(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9._+-]+/g, '-').replace(/^[.-]+|[.-]+$/g, '');
  return safe.length === 0 ? 'kernel' : safe.slice(-64).replace(/^[.-]+/, '');
}

function freeId(id: string, taken: Set<string>): string {
  let free = id;
  for (let number = 2; taken.has(free); number++) free = `${id}-${number}`;
  taken.add(free);
  return free;
}

function why(overrides: Overrides, kernel: string, profile: string): string {
  const from = (list: 'kernels' | 'profiles'): string =>
    overrides[list] === undefined || overrides[list].length === 0
      ? 'the proof'
      : (overrides.saidBy?.[list] ?? 'the command line');
  return `Kernel ${kernel} from ${from('kernels')}, profile ${profile} from ${from('profiles')}.`;
}
