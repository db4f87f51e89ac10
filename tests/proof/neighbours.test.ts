// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findProof } from '../../runner/cli/proof-file.ts';
import { isFolder } from '../../runner/proof/model.ts';

it('the proof of the neighbours: patches that are there, the kernel’s own tests, no expectation', async () => {
  const proof = await findProof('tcp-repair-neighbours');
  const named = Object.values(proof.candidates).flatMap((it) => it.patches);
  for (const { file } of [...proof.patches, ...named]) expect(existsSync(file), file).toBe(true);
  expect(proof.tests.some(isFolder)).toBe(false);
  expect(proof.tests.map(({ name }) => name)).toEqual(['net/tcp_ao', 'net']);
  expect(proof.expectations).toEqual([]);
});
