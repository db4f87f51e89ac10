// SPDX-License-Identifier: MIT
import type { StageContext } from '../events.ts';
import type { KernelSource, Patch } from '../kernel/model.ts';
import { sourceWithout } from '../kernel/patch/revert.ts';
import { resolveSource } from '../kernel/source/index.ts';
import type { Cell, Proof } from '../proof/model.ts';
import { fragmentsOf } from '../vm/image.ts';
import {
  readyMade,
  settleCandidates,
  settleMutants,
  type Candidate,
  type Mutant,
} from './candidates.ts';
import type { CellSettings } from './cell.ts';
import { fitCandidates, type FitSettings, type FittedCandidates } from './fit.ts';
import type { BuildSettings } from './kernels.ts';
import type { BuiltTests } from './tests.ts';

/** A cell with its kernel's source found and every patch tried on it. */
export interface Prepared {
  source: KernelSource;
  fitting: FitSettings;
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
  useVariant: boolean,
  folder: string,
  context: StageContext,
): Promise<Prepared> {
  const found = await resolveSource(cell.kernel, context);
  const source = await sourceWithout(found, [...given.values()], context);
  const fitting = { folder, source, readyMade: readyMade(proof, source.series) };
  const settled = await settleCandidates(cell.candidates, given, proof, source);
  const candidates = await fitCandidates(fitting, settled, useVariant, context);
  if (candidates.applying.length === 0)
    return { source, fitting, candidates, mutants: { candidates: [], applying: [] } };
  // No other patch can stand in for a mutant.
  const mutants = await fitCandidates(
    { ...fitting, readyMade: undefined },
    await settleMutants(cell.mutants, source),
    false,
    context,
  );
  return { source, fitting, candidates, mutants };
}

/** How a cell's kernels are built: what its tests and the guest's root ask of the config included. */
export function buildSettingsOf(
  cell: Cell,
  fitting: FitSettings,
  { fragments, wishes }: BuiltTests,
  {
    config,
    toolchain,
    jobs,
    output,
  }: Pick<CellSettings, 'config' | 'toolchain' | 'jobs' | 'output'>,
): BuildSettings {
  return {
    ...fitting,
    profile: cell.profile,
    fragments: [...fragments, ...fragmentsOf(cell.image)],
    wishes,
    given: config,
    toolchain,
    jobs,
    output,
  };
}
