// SPDX-License-Identifier: MIT
import { PatchproofError } from '../errors.ts';
import { bareProof, withTests } from '../proof/bare.ts';
import type { Proof } from '../proof/model.ts';
import { findProof } from './proof-file.ts';
import type { Wanted } from './proof-file.ts';
import { readTests } from './tests-option.ts';

/**
 * `--tests` replaces the tests of a proof; by itself it asks that they do not break.
 *
 * @param wanted what of the proof has to be on the disk
 */
export async function proofOf(
  proofs: readonly string[],
  specs: readonly string[],
  wanted?: Wanted,
): Promise<Proof> {
  const given = onlyOne(proofs);
  if (specs.length === 0) return findProof(given ?? 'tcp-repair', wanted);
  const tests = await readTests(specs);
  return given === undefined ? bareProof(tests) : withTests(await findProof(given, wanted), tests);
}

function onlyOne(proofs: readonly string[]): string | undefined {
  const [proof, ...more] = proofs;
  if (more.length === 0) return proof;
  throw new PatchproofError({
    kind: 'usage',
    code: 'too-many-arguments',
    message: `One run takes one proof; ${proofs.length} are given: ${proofs.join(', ')}.`,
    remedy: 'Start a run for each. Words for make look like LLVM=1.',
  });
}
