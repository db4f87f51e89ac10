// SPDX-License-Identifier: MIT
import path from 'node:path';
import type { StageContext } from '../events.ts';
import type { CandidateRecord } from '../evidence/model.ts';
import type { BuiltKernel, KernelSource, Patch, Toolchain } from '../kernel/model.ts';
import { base, isFolder, type Cell, type Proof, type Selection } from '../proof/model.ts';
import type { Durations, Shard } from '../proof/shard.ts';
import { selectsAll } from '../proof/select.ts';
import { bootWordsOf } from '../proof/kunit.ts';
import { isOutsideKernel } from '../verdict/findings.ts';
import type { Verdict } from '../verdict/model.ts';
import { sharedRootOf } from '../vm/debian-root.ts';
import type { Accelerator, Shape } from '../vm/model.ts';
import { runBoots } from './boots.ts';
import type { Rounds } from './rounds.ts';
import { buildTests, checkImage, imageOf, noTests } from './tests.ts';
import { testsTreeOf } from './tests-tree.ts';
import { keepPatches } from './fit.ts';
import { hasPatch, type Candidate, type Mutant } from './candidates.ts';
import { chooseTests, type Choice } from './choose.ts';
import { buildSettingsOf, prepareCell } from './prepare.ts';
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
  /** The folder of `O=`. */
  output?: string;
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
  const folder = path.join(runFolder, 'cells', cell.id);
  const prepared = await prepareCell(cell, proof, given, settings.useVariant, folder, context);
  const { source, fitting, mutants } = prepared;
  const { candidates, applying } = prepared.candidates;
  await keepPatches(folder, [...applying, ...mutants.applying], context);
  // The tests come before the kernels: they take seconds, and one that does not build ends the cell.
  const { toolchain } = settings;
  const built =
    applying.length === 0
      ? noTests
      : await buildTests(cell.tests, testsTreeOf(source, applying), cell.image, toolchain, context);
  const choice = chooseTests(built.programs, candidates, mutants.candidates, settings);
  const { all, chosen, own } = choice;
  await checkImage(cell.image, all.programs);
  announce(cell, source, candidates, mutants.candidates, settings, choice, context);
  if (applying.length === 0) return true;
  // More shards than programs: this one was left without work.
  if (settings.shard !== undefined && chosen.programs.length === 0) return true;

  // What the host may lack comes before the kernels, which take minutes.
  const image = await imageOf(chosen.programs, toolchain, context);
  const sharedRoot = await sharedRootOf(cell.image, context);
  const buildSettings = buildSettingsOf(cell, fitting, built, settings);
  const sides = await buildAll([...applying, ...mutants.applying], buildSettings, context);
  const judged = applying.map(({ name }) => name);
  if (!sides.some(({ variant }) => judged.includes(variant))) return true;
  const slow = slowMachine(settings.accelerator);
  return runBoots(
    {
      sides: sides.map(({ variant, kernel, environment }) => ({
        variant,
        kernel,
        tests: (own.get(variant) ?? chosen).programs.map(({ test }) => ({
          ...test,
          environment: { ...slow, ...environment },
        })),
      })),
      candidates: judged,
      image,
      root: cell.image,
      sharedRoot,
      arch: toolchain.arch,
      bootWords: bootWordsOf(cell.tests),
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

/** Tests that know this widen their tolerances; it must be the same on every side. */
export function slowMachine({ name }: Accelerator): Readonly<Record<string, string>> {
  return name === 'tcg' ? { KSFT_MACHINE_SLOW: 'yes' } : {};
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
    if (built === null) continue;
    // An image equal to base's would only measure base a second time; a patch that is all tests has no other.
    if (built.imageHash === kernel.imageHash && !it.patch.files.every(isOutsideKernel)) continue;
    sides.push({ variant: it.name, kernel: built, environment: it.environment });
  }
  return sides;
}

function announce(
  cell: Cell,
  source: KernelSource,
  candidates: readonly Candidate[],
  mutants: readonly Mutant[],
  settings: CellSettings,
  { all, chosen: { programs, leftOut }, own }: Choice,
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
      ...(selectsAll(selection) ? {} : { selection }),
      ...(selectsAll(selection) && leftOut.length === 0 ? {} : { leftOut }),
      ...(all.programs.length === programs.length
        ? {}
        : { allPrograms: all.programs.map(({ test }) => test.id) }),
      ...(cell.image === 'agent' ? {} : { image: cell.image }),
      collections: cell.tests.filter(isFolder).flatMap(({ name, folder }) => {
        const below = path.relative('.', folder);
        return below.startsWith('..') || path.isAbsolute(below) ? [] : [{ name, folder: below }];
      }),
    },
  });
}

/** A candidate as the record keeps it. */
export function recordOf(candidate: Candidate): CandidateRecord {
  const { name, patch, environment, tests, note, insteadOf, obstacle } = candidate;
  const variables = Object.entries(environment).map((pair) => pair.join('='));
  const without =
    obstacle === undefined
      ? `base's kernel, tests with ${variables.join(' ')}`
      : 'no patch for this kernel';
  return {
    name,
    patch: patch?.name ?? '',
    subject: patch?.subject ?? without,
    hash: patch?.hash ?? '',
    files: patch?.files ?? [],
    note,
    ...(patch === null ? {} : { text: patch.text.slice(0, mostPatchText) }),
    ...(patch?.givenHash === undefined ? {} : { givenHash: patch.givenHash }),
    ...(insteadOf === undefined ? {} : { insteadOf }),
    ...(variables.length === 0 ? {} : { environment }),
    ...(tests === undefined ? {} : { tests }),
  };
}
