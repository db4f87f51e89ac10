// SPDX-License-Identifier: MIT
import os from 'node:os';
import path from 'node:path';
import type { RunEvent, StageContext } from '../events.ts';
import type { VariantFailure } from '../evidence/model.ts';
import type { Step } from '../host/command-line.ts';
import { planBuild, type BuildPlan } from '../kernel/build/plan.ts';
import type { Patch } from '../kernel/model.ts';
import { unsetSteering } from '../kernel/stage.ts';
import { base, type Cell, type Plan } from '../proof/model.ts';
import { selectsAll } from '../proof/select.ts';
import { shardName } from '../proof/shard.ts';
import type { CellDraft, Draft } from '../report/dry-run.ts';
import { launchFiles, vngLine } from '../vm/command.ts';
import { hasPatch, type Candidate } from './candidates.ts';
import { recordOf, type CellSettings } from './cell.ts';
import { failureOf } from './failure.ts';
import { prepareCell, type Prepared } from './prepare.ts';

/** Stands for the folder that each launch gets anew. */
const launchFolder = path.join(os.tmpdir(), 'patchproof-vm-LAUNCH');

/**
 * What a run would do, cell by cell: sources are found and patches are tried on them, nothing
 * is built or booted. Throws what a run would throw.
 */
export async function draftPlan(
  plan: Plan,
  given: ReadonlyMap<string, Patch>,
  settings: CellSettings,
  listen: (event: RunEvent) => void,
  signal: AbortSignal,
): Promise<Draft> {
  const began = performance.now();
  const drafts: CellDraft[] = [];
  for (const cell of plan.cells) {
    const failures: VariantFailure[] = [];
    const emit: StageContext['emit'] = (body) => {
      if (body.type === 'variant-failed') failures.push(body.failure);
      else listen({ time: Math.round(performance.now() - began), ...body });
    };
    const context = { emit, signal, cell: cell.id };
    try {
      const prepared = await prepareCell(cell, plan.proof, given, settings, '', context);
      drafts.push({ ...(await draftCell(cell, prepared, settings, context)), failures });
    } catch (error) {
      // As in a run: a kernel that is not there leaves the other cells as they are.
      emit(failureOf(error, context, base, 'source', 1, plan.cells.length === 1));
      drafts.push({ cell, facts: [], candidates: [], mutants: [], parts: [], failures });
    }
  }
  return { setUp: { kind: 'run', line: unsetSteering }, cells: drafts };
}

async function draftCell(
  cell: Cell,
  prepared: Prepared,
  settings: CellSettings,
  context: StageContext,
): Promise<Omit<CellDraft, 'failures'>> {
  const { source, candidates, mutants } = prepared;
  const records = {
    candidates: candidates.candidates.map(recordOf),
    mutants: mutants.candidates.map(recordOf),
  };
  const facts = factsOf(cell, prepared, settings);
  if (candidates.applying.length === 0) return { cell, facts, ...records, parts: [] };
  const own = await planBuild({ ...prepared.build, patch: null }, null, context);
  const parts = [buildPart(`Build ${source.version} ${base}`, own)];
  const kernels = [{ variant: base, build: own }];
  for (const it of [...candidates.applying, ...mutants.applying]) {
    const build = await planOf(it, prepared, own, context);
    kernels.push({ variant: it.name, build });
    if (build !== own) parts.push(buildPart(`Build ${source.version} ${it.name}`, build));
  }
  for (const { variant, build } of kernels) parts.push(bootPart(variant, build, settings));
  return { cell, facts, ...records, parts };
}

/** One without a patch runs base's kernel. */
async function planOf(
  candidate: Candidate,
  { build }: Prepared,
  own: BuildPlan,
  context: StageContext,
): Promise<BuildPlan> {
  if (!hasPatch(candidate)) return own;
  return planBuild({ ...build, patch: candidate.patch }, own, context);
}

function factsOf(
  cell: Cell,
  { source, build }: Prepared,
  settings: CellSettings,
): CellDraft['facts'] {
  const { accelerator, shape, vms, selection, shard, toolchain } = settings;
  const given = build.given.split('\n').filter((line) => line !== '');
  const { filter, exclude } = selection;
  return [
    ['kernel', `${source.version}: ${source.origin}, in ${source.folder}`],
    ['config', [cell.profile, ...given].join(', ')],
    ['compiler', [toolchain.compiler, ...toolchain.makeWords].join(', ')],
    ...cell.tests.map(({ name, folder }) => ['tests', `${name}, in ${folder}`] as const),
    ['', "built by the kernel's own selftests make; --list-tests does that and tells their names"],
    ...(selectsAll(selection)
      ? []
      : [
          [
            'selected',
            [
              ...filter.map((it) => `--filter ${it}`),
              ...exclude.map((it) => `--exclude ${it}`),
            ].join(' '),
          ] as const,
        ]),
    ...(shard === undefined ? [] : [['shard', shardName(shard)] as const]),
    [
      'VM',
      `${shape.cpus} CPUs, ${shape.memory} MiB, ${accelerator.name} (${accelerator.why}), ${vms} at once`,
    ],
    ['rounds', roundsOf(settings)],
  ];
}

function roundsOf({ rounds: { repeat, untilFail, failFast } }: CellSettings): string {
  const often =
    repeat === 1
      ? 'everything once on each side, base first; what did not pass once more in a fresh VM'
      : `everything ${repeat === Infinity ? 'again and again' : `${repeat} times`} on each side, base first, each time in a fresh VM`;
  return [
    often,
    ...(untilFail ? ['to the first round that leaves a candidate unproved'] : []),
    ...(failFast ? ['a candidate is left when it is not proved'] : []),
  ].join('; ');
}

function buildPart(title: string, build: BuildPlan): CellDraft['parts'][number] {
  const text = `It is in the cache: ${build.folder}`;
  return { title, steps: build.cached ? [{ kind: 'note', text }] : build.steps };
}

function bootPart(
  variant: string,
  build: BuildPlan,
  { shape, accelerator }: CellSettings,
): CellDraft['parts'][number] {
  const { kernel, initrd, port } = launchFiles;
  const notes = [
    `${launchFolder} stands for a folder of the launch's own. It holds`,
    `${kernel}: a link to ${path.join(build.folder, 'bzImage')}`,
    `${initrd}: the agent's image with the test programs, and the job`,
    `${port}: a socket on which patchproof listens to the agent`,
  ];
  const steps: Step[] = notes.map((text) => ({ kind: 'note', text }));
  const line = vngLine(launchFolder, shape, accelerator.name);
  return { title: `Boot ${variant} and run the tests`, steps: [...steps, { kind: 'run', line }] };
}
