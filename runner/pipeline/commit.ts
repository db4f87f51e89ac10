// SPDX-License-Identifier: MIT
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import type { RunEvent, StageContext } from '../events.ts';
import type { RunRecord } from '../evidence/model.ts';
import { fold } from '../evidence/record.ts';
import { buildKernel, type BuildRequest } from '../kernel/build/build.ts';
import { newestBuild, recordNewest } from '../kernel/build/chain.ts';
import type { BuiltKernel, Patch } from '../kernel/model.ts';
import { fitPatch } from '../kernel/patch/fit.ts';
import { resolveSource } from '../kernel/source/index.ts';
import { base, type Cell, type Proof } from '../proof/model.ts';
import { bootWordsOf } from '../proof/kunit.ts';
import { sharedRootOf } from '../vm/debian-root.ts';
import { fragmentsOf } from '../vm/image.ts';
import { runBoots } from './boots.ts';
import { openBus } from './bus.ts';
import { slowMachine, type CellSettings } from './cell.ts';
import { failureOf } from './failure.ts';
import { refuseDoubts } from './fit.ts';
import { patchFaults } from './kernels.ts';
import { buildTests, checkImage, imageOf, selectPrograms } from './tests.ts';
import { testsTreeOf } from './tests-tree.ts';

/** One commit to try. */
export interface CommitRequest {
  /** Its kernel is a folder, the same at each step. */
  cell: Cell;
  proof: Proof;
  /** Put on top of it. */
  patch: Patch | null;
  settings: CellSettings;
  /** The run directory, empty. */
  folder: string;
  head: Omit<Extract<RunEvent, { type: 'run-started' }>, 'time' | 'type' | 'shard'>;
  listen: (event: RunEvent) => void;
  signal: AbortSignal;
}

/** What no other commit will find better: the host lacks it. */
const hostFaults: ReadonlySet<string> = new Set([
  'agent-does-not-compile',
  'disk-full',
  'log-failed',
  'missing-tool',
  'no-root',
  'workshop-lost',
]);

/**
 * Builds and tests the kernel of a folder as it is now, alone, on the objects of the one before.
 * What is the commit's own doing is in the record; a host that is not fit is thrown.
 */
export async function tryCommit(request: CommitRequest): Promise<RunRecord> {
  const { cell, proof, signal } = request;
  const began = performance.now();
  const bus = openBus(path.join(request.folder, 'events.jsonl'), () => performance.now() - began);
  const events: RunEvent[] = [];
  bus.subscribe((event) => events.push(event));
  bus.subscribe(request.listen);
  const context: StageContext = { emit: bus.emit, signal, cell: cell.id };
  const { name, title } = proof;
  bus.emit({ type: 'run-started', ...request.head });
  bus.emit({ type: 'proof-loaded', proof: { name, title, expectations: [], knownHarm: [] } });
  try {
    await runAlone(request, context);
    bus.emit({ type: 'run-finished' });
  } catch (error) {
    if (error instanceof PatchproofError && hostFaults.has(error.code)) throw error;
    bus.emit(failureOf(error, context, base, 'source', 1));
    bus.emit({ type: 'run-finished' });
  } finally {
    bus.close();
  }
  return fold(events);
}

async function runAlone(request: CommitRequest, context: StageContext): Promise<void> {
  const { cell, settings, folder } = request;
  const { selection, toolchain, config } = settings;
  const source = await resolveSource(cell.kernel, context);
  const patch = await onTop(request, source, context);
  const tree = testsTreeOf(source, [{ name: base, patch }]);
  const built = await buildTests(cell.tests, tree, cell.image, toolchain, context);
  const chosen = selectPrograms(selection, built.programs, '--test');
  await checkImage(cell.image, chosen.programs);
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
      candidates: [],
      programs: chosen.programs.map(({ test }) => test.id),
      selection,
      leftOut: chosen.leftOut,
      ...(cell.image === 'agent' ? {} : { image: cell.image }),
    },
  });
  // What the host may lack comes before the kernel, which takes minutes.
  const image = await imageOf(chosen.programs, toolchain, context);
  const sharedRoot = await sharedRootOf(cell.image, context);
  const kernel = await buildOnEarlier(
    cell.kernel,
    {
      source,
      patch,
      seed: null,
      profile: cell.profile,
      fragments: [...built.fragments, ...fragmentsOf(cell.image)],
      wishes: built.wishes,
      given: config,
      toolchain,
      variant: base,
      jobs: settings.jobs,
    },
    context,
  );
  const environment = slowMachine(settings.accelerator);
  const tests = chosen.programs.map(({ test }) => ({ ...test, environment }));
  await runBoots(
    {
      sides: [{ variant: base, kernel, tests }],
      candidates: [base],
      image,
      root: cell.image,
      sharedRoot,
      arch: toolchain.arch,
      bootWords: bootWordsOf(cell.tests),
      selection,
      rounds: settings.rounds,
      soFar: () => {
        throw new Error('a single kernel is not judged before its end');
      },
      accelerator: settings.accelerator,
      shape: settings.shape,
      vms: settings.vms,
      runFolder: folder,
      folder: path.join(folder, 'cells', cell.id),
    },
    context,
  );
}

/** The patch as it applies here; null where the commit has it already. */
async function onTop(
  { patch }: CommitRequest,
  source: BuildRequest['source'],
  context: StageContext,
): Promise<Patch | null> {
  if (patch === null) return null;
  try {
    const fitted = await fitPatch(source, patch, context);
    refuseDoubts(fitted.patch);
    return fitted.patch;
  } catch (error) {
    if (!(error instanceof PatchproofError) || error.code !== 'already-applied') throw error;
    context.emit({ type: 'note', text: `${patch.name} is in this commit already.` });
    return null;
  }
}

/** Builds on the objects of the commit before; what does not compile that way is compiled from the start. */
async function buildOnEarlier(
  tree: string,
  request: BuildRequest,
  context: StageContext,
): Promise<BuiltKernel> {
  const { source, patch, profile, toolchain } = request;
  const chain = { tree, profile, arch: toolchain.arch };
  const earlier = await newestBuild(chain);
  const kernel = await buildKernel({ ...request, chain: { earlier } }, context).catch(
    (error: unknown) => {
      const faulty = error instanceof PatchproofError && patchFaults.has(error.code);
      if (!faulty || earlier === undefined) throw error;
      return buildKernel({ ...request, chain: { earlier: undefined } }, context);
    },
  );
  if (!kernel.cached)
    await recordNewest(chain, {
      key: kernel.key,
      source: source.folder,
      patched: patch?.files ?? [],
    });
  return kernel;
}
