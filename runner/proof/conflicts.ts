// SPDX-License-Identifier: MIT
import type { Document } from 'yaml';
import { canMatch } from './bare.ts';
import { offsetOf } from './explain.ts';
import type { Finding, Path } from './explain.ts';
import { kunit } from './kunit.ts';
import { base, defaultCandidate, isFolder } from './model.ts';
import type { TestCollection } from './model.ts';
import { suggestion } from './nearest.ts';
import type { ProofFile } from './schema.ts';
import { joinTests, parseTarget } from './test-spec.ts';

/** What each part allows but the whole does not. */
export function findConflicts(proof: ProofFile, document: Document): Finding[] {
  const found: Finding[] = [];
  const at = (nodePath: Path, message: string): void => {
    found.push({ offset: offsetOf(document, nodePath), message });
  };
  const unique = (values: readonly { value: string; path: Path }[], what: string): void => {
    const seen = new Set<string>();
    for (const { value, path: nodePath } of values) {
      if (seen.has(value)) at(nodePath, `${what} "${value}" is listed twice`);
      seen.add(value);
    }
  };
  unique(
    proof.kernels.map((value, i) => ({ value, path: ['kernels', i] })),
    'kernel',
  );
  unique(
    proof.profiles.map((value, i) => ({ value, path: ['profiles', i] })),
    'profile',
  );
  unique(
    proof.tests.map((it, i) =>
      typeof it === 'string'
        ? { value: it, path: ['tests', i] }
        : { value: it.name, path: ['tests', i, 'name'] },
    ),
    'test collection',
  );
  const seriesOf = (patches: ProofFile['patches'], place: Path): void =>
    unique(
      patches.flatMap((it, i) =>
        it.series.map((value, j) => ({ value, path: [...place, i, 'series', j] })),
      ),
      'series',
    );
  seriesOf(proof.patches, ['patches']);
  for (const [name, { patches }] of Object.entries(proof.candidates)) {
    seriesOf(patches, ['candidates', name, 'patches']);
    if (name === base || name === defaultCandidate)
      at(['candidates', name], `"${name}" is a name of patchproof's own`);
  }
  unique(
    proof.mutants.flatMap((it, i) =>
      it.series.map((one) => ({
        value: `${it.name}" for "${one}`,
        path: ['mutants', i, 'name'],
      })),
    ),
    'mutant',
  );
  const texts = [
    ...proof.expect.tests.map((it, i) => ({
      value: it.text,
      path: ['expect', 'tests', i, 'text'],
    })),
    ...proof.expect.drops.map((it, i) => ({
      value: it.text,
      path: ['expect', 'drops', i, 'text'],
    })),
  ];
  unique(texts, 'expectation');
  const tests = joinTests(proof.tests.map((it) => (typeof it === 'string' ? parseTarget(it) : it)));
  const collections = tests.map((it) => it.name);
  if (collections.filter((it) => it === kunit).length > 1)
    at(['tests'], 'KUnit is there twice: the kernel takes one glob, "kunit:GLOB"');
  const reachable = (pattern: string, nodePath: Path): void => {
    const head = pattern.split(':')[0] ?? '';
    if (!canMatch(pattern, tests)) {
      const near = collections.includes(head) ? '' : suggestion(head, collections);
      at(
        nodePath,
        `"${pattern}" can match no test: names begin with ${tests.flatMap(beginnings).join(' or ')}${near}`,
      );
    }
  };
  proof.expect.tests.forEach((it, i) => reachable(it.match, ['expect', 'tests', i, 'match']));
  proof.expect.drops.forEach((it, i) => reachable(it.match, ['expect', 'drops', i, 'match']));
  for (const [name, it] of Object.entries(proof.candidates))
    it.tests.forEach((glob, i) => reachable(glob, ['candidates', name, 'tests', i]));
  proof.mutants.forEach((it, i) =>
    it.tests.forEach((glob, j) => reachable(glob, ['mutants', i, 'tests', j])),
  );
  return found;
}

function beginnings(it: TestCollection): string[] {
  const programs = isFolder(it) || it.programs.length === 0 ? [''] : it.programs;
  return programs.map((program) => `"${it.name}:${program}"`);
}
