// SPDX-License-Identifier: MIT
import { PatchproofError } from '../errors.ts';
import type { KernelSource, Patch } from '../kernel/model.ts';
import { parseDiff } from '../kernel/patch/parse.ts';
import { selftests, type TestsTree } from '../kernel/selftests/place.ts';

/** Whether a patch adds or changes selftests. */
export function changesTests(patch: Patch): boolean {
  return patch.files.some(isTest);
}

/**
 * The tree whose tests run on every side: with the patch of the candidate that changes the
 * selftests, if one does. Throws usage `tests-differ` where two change them differently: base can
 * be compared over one set of tests only.
 */
export function testsTreeOf(
  source: KernelSource,
  candidates: readonly { name: string; patch: Patch | null }[],
): TestsTree {
  const changing = candidates.flatMap(({ name, patch }) =>
    patch !== null && changesTests(patch) ? [{ name, patch, part: testsPart(patch) }] : [],
  );
  const [first] = changing;
  const odd = changing.find(({ part }) => part !== first?.part);
  if (first !== undefined && odd !== undefined)
    throw new PatchproofError({
      kind: 'usage',
      code: 'tests-differ',
      message: `The candidates ${first.name} and ${odd.name} both change ${selftests}, and not in the same way.`,
      remedy: 'Run each by itself: both sides of a comparison run the same tests.',
    });
  return { source, patch: first?.patch ?? null };
}

/** What a patch does to the selftests, wherever its hunks stand. */
function testsPart(patch: Patch): string {
  const hunks = parseDiff(patch.text, patch.name).hunks.filter(({ path }) => isTest(path));
  const parts = hunks.map(({ path, lines }) => JSON.stringify([path, lines]));
  return parts.toSorted((a, b) => (a < b ? -1 : 1)).join();
}

function isTest(file: string): boolean {
  return file.startsWith(`${selftests}/`);
}
