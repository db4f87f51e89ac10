// SPDX-License-Identifier: MIT
import { PatchproofError } from '../../runner/errors.ts';
import { loadProof } from '../../runner/proof/load.ts';

/** The least that a proof says. */
export const minimal = `version: 1
name: race
title: A race
patches: [{ file: a.patch, series: ["6.12"] }]
tests: [{ name: tcp_repair, folder: ../tests }]
`;

/** What a text is refused with as p/proof.yaml. */
export function refusal(text: string): PatchproofError {
  try {
    loadProof(text, 'p/proof.yaml', '/p');
  } catch (error) {
    if (error instanceof PatchproofError) return error;
    throw error;
  }
  throw new Error('the proof was accepted');
}
