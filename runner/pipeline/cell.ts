// SPDX-License-Identifier: MIT
import path from 'node:path';
import type { StageContext } from '../events.ts';
import { buildSelftests } from '../kernel/selftests.ts';
import type { BuiltKernel, KernelSource, Patch, Toolchain } from '../kernel/model.ts';
import { resolveSource } from '../kernel/source/index.ts';
import { base, type Cell, type Proof } from '../proof/model.ts';
import { splitPrograms, type Durations, type Shard } from '../proof/shard.ts';
import { buildImage } from '../vm/image.ts';
import type { Accelerator, GuestTest, Shape } from '../vm/model.ts';
import { runBoots } from './boots.ts';
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
  /** Only this part of every cell's programs. */
  shard?: Shard & { durations: Durations };
}

/**
 * One cell, from the kernel's source to its attempts: everything it finds goes out as events.
 * Throws for what leaves the whole cell without a verdict.
 */
export async function runCell(
  cell: Cell,
  proof: Proof,
  given: ReadonlyMap<string, Patch>,
  settings: CellSettings,
  runFolder: string,
  context: StageContext,
): Promise<void> {
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
  const all = applying.length === 0 ? [] : await buildTests(cell, source, settings, context);
  const programs = ofShard(all, settings.shard);
  announce(cell, source, candidates, { programs, all }, context);
  if (applying.length === 0) return;
  // More shards than programs: this one was left without work.
  if (settings.shard !== undefined && programs.length === 0) return;

  const baseKernel = await buildBase(buildSettings, context);
  if (baseKernel === null) return;
  const kernels = new Map<string, BuiltKernel>([[base, baseKernel]]);
  for (const candidate of applying) {
    const kernel = await buildCandidate(buildSettings, candidate, baseKernel, context);
    // An image equal to base's would only measure base a second time.
    if (kernel !== null && kernel.imageHash !== baseKernel.imageHash) {
      kernels.set(candidate.name, kernel);
    }
  }
  if (kernels.size === 1) return;

  const image = await buildImage(
    { programs: programs.map(({ test, file }) => ({ guestPath: test.program, file })) },
    context,
  );
  await runBoots(
    {
      kernels,
      image: image.file,
      tests: programs.map(({ test }) => test),
      accelerator: settings.accelerator,
      shape: settings.shape,
      vms: settings.vms,
      runFolder,
      folder,
    },
    context,
  );
}

/** The reports show the patch; of a huge series its beginning does. */
const mostPatchText = 256 * 1024;

interface Program {
  test: GuestTest;
  /** Its executable on the host. */
  file: string;
}

async function buildTests(
  cell: Cell,
  source: KernelSource,
  settings: CellSettings,
  context: StageContext,
): Promise<readonly Program[]> {
  const programs: Program[] = [];
  for (const { name, folder } of cell.tests) {
    const built = await buildSelftests(
      { source, folder, name, toolchain: settings.toolchain },
      context,
    );
    for (const program of built.programs) {
      const cwd = `/selftests/${name}`;
      programs.push({
        file: program.file,
        test: {
          id: `${name}:${program.name}`,
          program: `${cwd}/${program.name}`,
          args: [],
          cwd,
          timeoutMs: built.timeoutMs,
        },
      });
    }
  }
  return programs;
}

function ofShard(all: readonly Program[], shard: CellSettings['shard']): readonly Program[] {
  if (shard === undefined) return all;
  const ids = all.map(({ test }) => test.id);
  const own = splitPrograms(ids, shard.total, shard.durations)[shard.index - 1] ?? [];
  return all.filter(({ test }) => own.includes(test.id));
}

function announce(
  cell: Cell,
  source: KernelSource,
  candidates: readonly Candidate[],
  { programs, all }: { programs: readonly Program[]; all: readonly Program[] },
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
        text: patch.text.slice(0, mostPatchText),
      })),
      programs: programs.map(({ test }) => test.id),
      ...(all.length === programs.length ? {} : { allPrograms: all.map(({ test }) => test.id) }),
      collections: cell.tests.flatMap(({ name, folder }) => {
        const below = path.relative('.', folder);
        return below.startsWith('..') || path.isAbsolute(below) ? [] : [{ name, folder: below }];
      }),
    },
  });
}
