// SPDX-License-Identifier: MIT
import { matchesGlob } from './glob.ts';
import { isFolder } from './model.ts';
import type { Proof, TestCollection } from './model.ts';
import { programOf } from './select.ts';
import { specOf } from './test-spec.ts';

/** A proof that has tests and nothing else: nothing may break, and at least one test must pass. */
export function bareProof(tests: readonly TestCollection[]): Proof {
  return {
    name: 'tests',
    title: `What the patch changes in ${tests.map(specOf).join(' ')}`,
    patches: [],
    candidates: {},
    mutants: [],
    kernels: ['6.12'],
    profiles: ['selftest'],
    cpus: 2,
    memory: 1024,
    image: 'agent',
    tests,
    expectations: [],
    leftOut: [],
    knownHarm: [],
  };
}

/**
 * A proof with other tests in the place of its own. Expectations that no longer have a test are
 * left out by name; mutants name tests of the proof, and go; a candidate that had only tests of
 * the proof runs all of the others.
 */
export function withTests(proof: Proof, tests: readonly TestCollection[]): Proof {
  const kept = proof.expectations.filter(({ match }) => canMatch(match, tests));
  const lost = proof.expectations.filter((it) => !kept.includes(it));
  return {
    ...proof,
    tests,
    candidates: Object.fromEntries(
      Object.entries(proof.candidates).map(([name, it]) => [
        name,
        { ...it, tests: it.tests.filter((match) => canMatch(match, tests)) },
      ]),
    ),
    mutants: [],
    expectations: kept,
    leftOut: [...proof.leftOut, ...lost.map(({ text }) => text)],
  };
}

/** Whether a glob over test names can speak of any test in these collections. */
export function canMatch(pattern: string, tests: readonly TestCollection[]): boolean {
  const colon = pattern.indexOf(':');
  const head = colon < 0 ? pattern : pattern.slice(0, colon);
  // A star stands for any run of characters, colons too.
  if (head.includes('*')) return true;
  if (colon < 0) return false;
  const program = programOf(pattern).slice(colon + 1);
  return tests.some(
    (it) =>
      it.name === head &&
      (isFolder(it) ||
        it.programs.length === 0 ||
        program.includes('*') ||
        it.programs.some((glob) => matchesGlob(glob, program))),
  );
}
