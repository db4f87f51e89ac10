// SPDX-License-Identifier: MIT
import path from 'node:path';
import type { StageContext } from '../events.ts';
import type { CandidateRecord } from '../evidence/model.ts';
import type { BuiltKernel, KernelSource, Patch, Toolchain } from '../kernel/model.ts';
import { sourceWithout } from '../kernel/patch/revert.ts';
import { resolveSource } from '../kernel/source/index.ts';
import { base, type Cell, type Proof, type Selection } from '../proof/model.ts';
import { splitPrograms, type Durations, type Shard } from '../proof/shard.ts';
import { selectsAll } from '../proof/select.ts';
import type { Verdict } from '../verdict/model.ts';
import { buildImage } from '../vm/image.ts';
import type { Accelerator, Shape } from '../vm/model.ts';
import { runBoots } from './boots.ts';
import type { Rounds } from './rounds.ts';
import { buildTests, selectPrograms, type Chosen, type Program } from './tests.ts';
import { fitCandidates } from './fit.ts';
import {
  hasPatch,
  readyMade,
  settleCandidates,
  settleMutants,
  type Candidate,
  type Mutant,
} from './candidates.ts';
import { buildBase, buildCandidate, recordKernel, type BuildSettings } from './kernels.ts';

/** What all cells of a run share. */
export interface CellSettings {
  /** `--use-variant`: the ready-made patch may stand in for one that does not apply. */
  useVariant: boolean;
  toolchain: Toolchain;
  /** `--config` and `--configitem`, as a fragment's text. */
  config: string;
  accelerator: Accelerator;
  shape: Shape;
  /** Compile jobs at once. */
  jobs: number;
  /** VMs at once. */
  vms: number;
  selection: Selection;
  rounds: Rounds;
  /** Only this part of every cell's programs. */
  shard?: Shard & { durations: Durations };
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
  const found = await resolveSource(cell.kernel, context);
  const source = await sourceWithout(found, [...given.values()], context);
  const settled = await settleCandidates(cell.candidates, given, proof, source);
  const folder = path.join(runFolder, 'cells', cell.id);
  const buildSettings = {
    folder,
    source,
    profile: cell.profile,
    fragments: cell.tests.map((tests) => path.join(tests.folder, 'config')),
    given: settings.config,
    toolchain: settings.toolchain,
    jobs: settings.jobs,
    readyMade: readyMade(proof, source.series),
  };
  const { useVariant } = settings;
  const { candidates, applying } = await fitCandidates(buildSettings, settled, useVariant, context);
  // No other patch can stand in for a mutant.
  const mutants =
    applying.length === 0
      ? { candidates: [], applying: [] }
      : await fitCandidates(
          { ...buildSettings, readyMade: undefined },
          await settleMutants(cell.mutants, source),
          false,
          context,
        );
  // The tests come before the kernels: they take seconds, and one that does not build ends the cell.
  const programs =
    applying.length === 0 ? [] : await buildTests(cell.tests, source, settings.toolchain, context);
  const all = selectPrograms(settings.selection, programs);
  const chosen = { ...all, programs: ofShard(all.programs, settings.shard) };
  const own = new Map(
    mutants.candidates.map(({ name, tests }) => {
      const selection = { filter: tests, exclude: [] };
      return [name, selectPrograms(selection, programs, `The mutant ${name}:`)] as const;
    }),
  );
  announce(cell, source, candidates, mutants.candidates, settings, all, chosen, own, context);
  if (applying.length === 0) return true;
  // More shards than programs: this one was left without work.
  if (settings.shard !== undefined && chosen.programs.length === 0) return true;

  const sides = await buildAll([...applying, ...mutants.applying], buildSettings, context);
  const judged = applying.map(({ name }) => name);
  if (!sides.some(({ variant }) => judged.includes(variant))) return true;
  const image = await buildImage(
    { programs: chosen.programs.map(({ test, file }) => ({ guestPath: test.program, file })) },
    context,
  );
  return runBoots(
    {
      sides: sides.map(({ variant, kernel, environment }) => ({
        variant,
        kernel,
        tests: (own.get(variant) ?? chosen).programs.map(({ test }) => ({ ...test, environment })),
      })),
      candidates: judged,
      image,
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

/** The reports show the patch; of a huge series its beginning does. */
const mostPatchText = 256 * 1024;

/** Base's kernel and, on its objects, those of the others; whatever does not build is left out. */
async function buildAll(
  others: readonly Candidate[],
  settings: BuildSettings,
  context: StageContext,
): Promise<{ variant: string; kernel: BuiltKernel; environment: Candidate['environment'] }[]> {
  const kernel = await buildBase(settings, context);
  if (kernel === null) return [];
  const sides = [{ variant: base, kernel, environment: {} as Candidate['environment'] }];
  for (const it of others) {
    if (!hasPatch(it)) {
      // Its tests' environment is what differs.
      await recordKernel(settings, it.name, { ...kernel, cached: true, objects: 0 }, context);
      sides.push({ variant: it.name, kernel, environment: it.environment });
      continue;
    }
    const built = await buildCandidate(settings, it, kernel, context);
    // An image equal to base's would only measure base a second time.
    if (built === null || built.imageHash === kernel.imageHash) continue;
    sides.push({ variant: it.name, kernel: built, environment: it.environment });
  }
  return sides;
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
  mutants: readonly Mutant[],
  settings: CellSettings,
  all: Chosen,
  { programs, leftOut }: Chosen,
  own: ReadonlyMap<string, Chosen>,
  context: StageContext,
): void {
  const { config, selection, toolchain } = settings;
  context.emit({
    type: 'cell-planned',
    cell: {
      id: cell.id,
      kernel: cell.kernel,
      profile: cell.profile,
      config: config.split('\n').filter((line) => line !== ''),
      makeWords: toolchain.makeWords,
      series: source.series,
      kernelVersion: source.version,
      origin: source.origin,
      sourceHash: source.hash,
      candidates: candidates.map(recordOf),
      ...(cell.mutants.length === 0
        ? {}
        : {
            mutants: mutants.map((it) => ({
              ...recordOf(it),
              text: it.text,
              tests: it.tests,
              programs: own.get(it.name)?.programs.map(({ test }) => test.id) ?? [],
              leftOut: own.get(it.name)?.leftOut ?? [],
            })),
          }),
      programs: programs.map(({ test }) => test.id),
      ...(selectsAll(selection) ? {} : { selection, leftOut }),
      ...(all.programs.length === programs.length
        ? {}
        : { allPrograms: all.programs.map(({ test }) => test.id) }),
      collections: cell.tests.flatMap(({ name, folder }) => {
        const below = path.relative('.', folder);
        return below.startsWith('..') || path.isAbsolute(below) ? [] : [{ name, folder: below }];
      }),
    },
  });
}

function recordOf({ name, patch, environment, note, insteadOf }: Candidate): CandidateRecord {
  const variables = Object.entries(environment).map((pair) => pair.join('='));
  return {
    name,
    patch: patch?.name ?? '',
    subject: patch?.subject ?? `base's kernel, tests with ${variables.join(' ')}`,
    hash: patch?.hash ?? '',
    files: patch?.files ?? [],
    note,
    ...(patch === null ? {} : { text: patch.text.slice(0, mostPatchText) }),
    ...(insteadOf === undefined ? {} : { insteadOf }),
    ...(variables.length === 0 ? {} : { environment }),
  };
}
