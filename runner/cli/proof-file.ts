// SPDX-License-Identifier: MIT
import { statSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PatchproofError } from '../errors.ts';
import { loadProof } from '../proof/load.ts';
import type { Proof } from '../proof/model.ts';
import type { Needs } from '../proof/missing.ts';
import { nearest } from '../proof/nearest.ts';

/** The proofs that ship with patchproof. */
async function builtInFolder(): Promise<string> {
  for (const place of ['../../kernel-patches', '../../../kernel-patches']) {
    const folder = fileURLToPath(new URL(place, import.meta.url));
    if (await exists(folder)) return folder;
  }
  throw new Error('kernel-patches/ is missing beside the runner');
}

/** Every proof that ships with patchproof. */
export async function builtInProofs(): Promise<Proof[]> {
  return Promise.all(
    (await readdir(await builtInFolder())).toSorted().map((name) => findProof(name)),
  );
}

/** What of a proof a command needs. */
export type Wanted = Omit<Needs, 'kindOf'>;

/**
 * Finds and loads a proof: a file, a folder that holds proof.yaml, or the name of a built-in
 * one. What is on the disk wins over a name.
 */
export async function findProof(given: string, wanted?: Wanted): Promise<Proof> {
  const needs = wanted === undefined ? undefined : { ...wanted, kindOf };
  const builtIn = await builtInFolder();
  const looked = [given, path.join(given, 'proof.yaml'), path.join(builtIn, given, 'proof.yaml')];
  for (const place of looked) {
    const file = path.resolve(place);
    const info = await stat(file).catch(() => null);
    if (info?.isFile() === true) {
      const text = await readFile(file, 'utf8');
      if (/^(diff --git|---) a\//m.test(text)) throw isPatch(given);
      return loadProof(text, path.relative('.', file), path.dirname(file), needs);
    }
  }
  const names = await readdir(builtIn);
  const near = nearest(given, names);
  throw new PatchproofError({
    kind: 'usage',
    code: 'no-proof',
    message: `There is no proof ${given}.`,
    evidence: looked.map((place) => `looked for ${path.relative('.', path.resolve(place))}`),
    remedy: /\.(patch|diff|mbox|eml)$/.test(given)
      ? 'A patch is given with --patch: patchproof run --patch FILE'
      : near === undefined
        ? `Give a proof file, a folder with proof.yaml, or one of: ${names.join(', ')}`
        : `Did you mean ${near}?`,
  });
}

function kindOf(place: string): 'file' | 'folder' | 'nothing' {
  try {
    return statSync(place).isDirectory() ? 'folder' : 'file';
  } catch {
    // Whatever keeps it from being looked at keeps it from being read.
    return 'nothing';
  }
}

function isPatch(given: string): PatchproofError {
  return new PatchproofError({
    kind: 'usage',
    code: 'no-proof',
    message: `${given} is a patch, not a proof.`,
    remedy: `Give it with --patch: patchproof run --patch ${given}`,
  });
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
