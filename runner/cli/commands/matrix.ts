// SPDX-License-Identifier: MIT
import { exitCodes } from '../../errors.ts';
import { timingsOf } from '../../pipeline/timings.ts';
import { matrixOf } from '../../proof/matrix.ts';
import { candidatesOf, namedCandidates, planCells } from '../../proof/plan.ts';
import { proofOf } from '../proof-of.ts';

/** The options of `patchproof matrix` as the command table gives them. */
export interface MatrixOptions {
  kernel?: readonly string[];
  patch?: readonly string[];
  candidate?: readonly string[];
  tests?: readonly string[];
  profile?: readonly string[];
  jobs?: number;
  durations?: string;
}

/** `patchproof matrix PROOF`: the jobs of a CI matrix, as one line of JSON. */
export async function matrixCommand(
  given: string | undefined,
  options: MatrixOptions,
): Promise<number> {
  const proof = await proofOf(given === undefined ? [] : [given], options.tests ?? []);
  const plan = planCells(proof, {
    ...(options.kernel === undefined ? {} : { kernels: options.kernel }),
    ...(options.profile === undefined ? {} : { profiles: options.profile }),
    candidates: [
      ...candidatesOf(options.patch ?? []),
      ...namedCandidates(proof, options.candidate ?? []),
    ],
  });
  const cells = options.durations === undefined ? new Map() : await timingsOf(options.durations);
  const include = matrixOf(plan, options.jobs, { cells });
  process.stdout.write(`${JSON.stringify({ include })}\n`);
  return exitCodes.proved;
}
