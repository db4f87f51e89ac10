// SPDX-License-Identifier: MIT
import path from 'node:path';
import type { StageContext } from '../events.ts';
import type { KernelSource, Patch } from '../kernel/model.ts';
import { sourceWithout } from '../kernel/patch/revert.ts';
import { resolveSource } from '../kernel/source/index.ts';
import type { Cell, Proof } from '../proof/model.ts';
import {
  readyMade,
  settleCandidates,
  settleMutants,
  type Candidate,
  type Mutant,
} from './candidates.ts';
import type { CellSettings } from './cell.ts';
import { fitCandidates, type FittedCandidates } from './fit.ts';
import type { BuildSettings } from './kernels.ts';

/** A cell with its kernel's source found and every patch tried on it. */
export interface Prepared {
  source: KernelSource;
  build: BuildSettings;
  candidates: FittedCandidates<Candidate>;
  mutants: FittedCandidates<Mutant>;
}

/**
 * What a cell begins with, and what can be told of it without building anything: what does not
 * apply goes out as failure events. Nothing is written but what finding the source leaves in the
 * cache.
 *
 * @param folder `cells/<id>` of the run directory
 */
export async function prepareCell(
  cell: Cell,
  proof: Proof,
  given: ReadonlyMap<string, Patch>,
  settings: Pick<CellSettings, 'config' | 'toolchain' | 'jobs' | 'useVariant'>,
  folder: string,
  context: StageContext,
): Promise<Prepared> {
  const found = await resolveSource(cell.kernel, context);
  const source = await sourceWithout(found, [...given.values()], context);
  const build: BuildSettings = {
    folder,
    source,
    profile: cell.profile,
    fragments: cell.tests.map((tests) => path.join(tests.folder, 'config')),
    given: settings.config,
    toolchain: settings.toolchain,
    jobs: settings.jobs,
    readyMade: readyMade(proof, source.series),
  };
  const settled = await settleCandidates(cell.candidates, given, proof, source);
  const candidates = await fitCandidates(build, settled, settings.useVariant, context);
  if (candidates.applying.length === 0)
    return { source, build, candidates, mutants: { candidates: [], applying: [] } };
  // No other patch can stand in for a mutant.
  const mutants = await fitCandidates(
    { ...build, readyMade: undefined },
    await settleMutants(cell.mutants, source),
    false,
    context,
  );
  return { source, build, candidates, mutants };
}
