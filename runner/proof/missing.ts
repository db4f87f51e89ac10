// SPDX-License-Identifier: MIT
import path from 'node:path';
import type { Document } from 'yaml';
import { offsetOf } from './explain.ts';
import type { Finding, Path } from './explain.ts';
import type { ProofFile } from './schema.ts';

/** What an absolute path is on the disk. */
export type KindOf = (path: string) => 'file' | 'folder' | 'nothing';

/**
 * Files and folders that a proof names and that are not there.
 *
 * @param folder what relative paths start from
 */
export function findMissing(
  proof: ProofFile,
  document: Document,
  folder: string,
  kindOf: KindOf,
): Finding[] {
  const found: Finding[] = [];
  const want = (wanted: 'file' | 'folder', given: string, place: Path): void => {
    const kind = kindOf(path.resolve(folder, given));
    if (kind === wanted) return;
    const message =
      kind === 'nothing'
        ? `there is no ${wanted} "${given}" beside this file`
        : `"${given}" is a ${kind}, not a ${wanted}`;
    found.push({ offset: offsetOf(document, place), message });
  };
  const patches = (list: ProofFile['patches'], place: Path): void =>
    list.forEach(({ file }, index) => want('file', file, [...place, index, 'file']));
  patches(proof.patches, ['patches']);
  for (const [name, candidate] of Object.entries(proof.candidates))
    patches(candidate.patches, ['candidates', name, 'patches']);
  proof.mutants.forEach(({ file }, index) => want('file', file, ['mutants', index, 'file']));
  proof.tests.forEach((it, index) => {
    if (typeof it !== 'string') want('folder', it.folder, ['tests', index, 'folder']);
  });
  return found;
}
