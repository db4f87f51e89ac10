// SPDX-License-Identifier: MIT
import path from 'node:path';
import type { Document } from 'yaml';
import { offsetOf } from './explain.ts';
import type { Finding, Path } from './explain.ts';
import type { ProofFile } from './schema.ts';

/** What of a proof a command needs, and how it looks for that. */
export interface Needs {
  /** What an absolute path is on the disk. */
  kindOf: (path: string) => 'file' | 'folder' | 'nothing';
  /** Its folders of tests. */
  tests: boolean;
  /** Its own patches. */
  patches: boolean;
  /** Those of the candidates of these names. */
  candidates: readonly string[];
  mutants: boolean;
}

/**
 * Files and folders that a proof names and that are not there. A patch may be a folder, too: a
 * series.
 *
 * @param folder what relative paths start from
 */
export function findMissing(
  proof: ProofFile,
  document: Document,
  folder: string,
  needs: Needs,
): Finding[] {
  // By message: what an alias repeats is one mistake.
  const found = new Map<string, Finding>();
  const want = (what: 'patch' | 'folder', given: string, place: Path): void => {
    const kind = needs.kindOf(path.resolve(folder, given));
    if (kind === 'folder' || (kind === 'file' && what === 'patch')) return;
    const message =
      kind === 'nothing'
        ? `there is no ${what} "${given}" beside this file`
        : `"${given}" is a file, not a folder`;
    if (!found.has(message)) found.set(message, { offset: offsetOf(document, place), message });
  };
  const patches = (list: readonly { file: string }[], place: Path): void =>
    list.forEach(({ file }, index) => want('patch', file, [...place, index, 'file']));
  if (needs.patches) patches(proof.patches, ['patches']);
  for (const name of needs.candidates)
    patches(proof.candidates[name]?.patches ?? [], ['candidates', name, 'patches']);
  if (needs.mutants) patches(proof.mutants, ['mutants']);
  if (needs.tests)
    proof.tests.forEach((it, index) => {
      if (typeof it !== 'string') want('folder', it.folder, ['tests', index, 'folder']);
    });
  return [...found.values()];
}
