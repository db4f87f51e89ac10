// SPDX-License-Identifier: MIT
import path from 'node:path';
import type { StageContext } from '../events.ts';
import type { BuiltKernel, KernelSource, Patch, Toolchain } from '../kernel/model.ts';
import { resolveSource } from '../kernel/source/index.ts';
import { base, type Cell, type Proof, type Selection } from '../proof/model.ts';
import { selectsAll } from '../proof/select.ts';
import type { Verdict } from '../verdict/model.ts';
import { buildImage } from '../vm/image.ts';
import type { Accelerator, Shape } from '../vm/model.ts';
import { runBoots } from './boots.ts';
import type { Rounds } from './rounds.ts';
import { buildTests, selectPrograms, type Chosen } from './tests.ts';
import { readyMade, settleCandidates, type Candidate } from './candidates.ts';
import { applies, buildBase, buildCandidate } from './kernels.ts';

/** What all cells of a run share. */
export interface CellSettings {
  toolchain: Toolchain;
  accelerator: Accelerator;
  shape: Shape;
  /** Compile jobs at once. */
  jobs: number;
  /** VMs at once. */
  vms: number;
  selection: Selection;
  rounds: Rounds;
}

/**
 * One cell, from the kernel's source to its attempts: everything it finds goes out as events.
 * Returns false when the person wanted the run to end here. Throws for what leaves the whole
 * cell without a verdict.
 *
 * @param soFar judges what this cell has given up to now
 */
export async function runCell(
  cell: Cell,
  proof: Proof,
  given: ReadonlyMap<string, Patch>,
  settings: CellSettings,
  runFolder: string,
  soFar: () => Verdict,
  context: StageContext,
): Promise<boolean> {
  const source = await resolveSource(cell.kernel, context);
  const candidates = await settleCandidates(cell.candidates, given, proof, source);
  const folder = path.join(runFolder, 'cells', cell.id);
  const buildSettings = {
    folder,
    source,
    profile: cell.profile,
    fragments: cell.tests.map((tests) => path.join(tests.folder, 'config')),
    toolchain: settings.toolchain,
    jobs: settings.jobs,
    readyMade: readyMade(proof, source.series),
  };
  const applying: Candidate[] = [];
  for (const candidate of candidates) {
    if (await applies(buildSettings, candidate, context)) applying.push(candidate);
  }
  // The tests come before the kernels: they take seconds, and one that does not build ends the cell.
  const chosen = selectPrograms(
    settings.selection,
    applying.length === 0 ? [] : await buildTests(cell.tests, source, settings.toolchain, context),
  );
  announce(cell, source, candidates, settings.selection, chosen, context);
  if (applying.length === 0) return true;

  const baseKernel = await buildBase(buildSettings, context);
  if (baseKernel === null) return true;
  const kernels = new Map<string, BuiltKernel>([[base, baseKernel]]);
  for (const candidate of applying) {
    const kernel = await buildCandidate(buildSettings, candidate, baseKernel, context);
    // An image equal to base's would only measure base a second time.
    if (kernel !== null && kernel.imageHash !== baseKernel.imageHash) {
      kernels.set(candidate.name, kernel);
    }
  }
  if (kernels.size === 1) return true;

  const image = await buildImage(
    { programs: chosen.programs.map(({ test, file }) => ({ guestPath: test.program, file })) },
    context,
  );
  return runBoots(
    {
      kernels,
      image: image.file,
      tests: chosen.programs.map(({ test }) => test),
      selection: settings.selection,
      rounds: settings.rounds,
      soFar,
      accelerator: settings.accelerator,
      shape: settings.shape,
      vms: settings.vms,
      runFolder,
      folder,
    },
    context,
  );
}

function announce(
  cell: Cell,
  source: KernelSource,
  candidates: readonly Candidate[],
  selection: Selection,
  { programs, leftOut }: Chosen,
  context: StageContext,
): void {
  context.emit({
    type: 'cell-planned',
    cell: {
      id: cell.id,
      kernel: cell.kernel,
      profile: cell.profile,
      series: source.series,
      kernelVersion: source.version,
      origin: source.origin,
      sourceHash: source.hash,
      candidates: candidates.map(({ name, patch, note }) => ({
        name,
        patch: patch.name,
        subject: patch.subject,
        hash: patch.hash,
        files: patch.files,
        note,
      })),
      programs: programs.map(({ test }) => test.id),
      ...(selectsAll(selection) ? {} : { selection, leftOut }),
    },
  });
}
