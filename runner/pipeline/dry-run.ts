// SPDX-License-Identifier: MIT
import os from 'node:os';
import path from 'node:path';
import type { RunEvent, StageContext } from '../events.ts';
import type { VariantFailure } from '../evidence/model.ts';
import type { Step } from '../host/command-line.ts';
import { planBuild, type BuildPlan } from '../kernel/build/plan.ts';
import type { Patch } from '../kernel/model.ts';
import { unsetSteering } from '../kernel/stage.ts';
import { base, isFolder, isKunit, type Cell, type Plan } from '../proof/model.ts';
import { selectsAll } from '../proof/select.ts';
import { shardName } from '../proof/shard.ts';
import { bootWordsOf } from '../proof/kunit.ts';
import { specOf } from '../proof/test-spec.ts';
import type { CellDraft, Draft } from '../report/dry-run.ts';
import { launchFiles, vngArguments, vngLine } from '../vm/command.ts';
import { planRoot, type RootPlan } from '../vm/debian-root.ts';
import { hasPatch } from './candidates.ts';
import { recordOf, type CellSettings } from './cell.ts';
import { chooseTests } from './choose.ts';
import { failureOf } from './failure.ts';
import { outputOf } from './kernels.ts';
import { buildSettingsOf, prepareCell, type Prepared } from './prepare.ts';
import { buildTests, checkImage, type Program } from './tests.ts';
import { testsTreeOf } from './tests-tree.ts';

/** Stands for the folder that each launch gets anew. */
const launchFolder = path.join(os.tmpdir(), 'patchproof-vm-LAUNCH');

/**
 * What a run would do, cell by cell: sources are found, patches are tried on them and the tests
 * are built, whose config the kernels are to have; no kernel is built or booted. Throws what a run
 * would throw.
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
      const prepared = await prepareCell(cell, plan.proof, given, settings.useVariant, '', context);
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
  const { applying } = candidates;
  if (applying.length === 0) return { cell, facts, ...records, parts: [] };
  const tree = testsTreeOf(source, applying);
  const built = await buildTests(cell.tests, tree, cell.image, settings.toolchain, context);
  const choice = chooseTests(built.programs, candidates.candidates, mutants.candidates, settings);
  await checkImage(cell.image, choice.all.programs);
  const { programs } = choice.chosen;
  const draft = { cell, facts: [...facts, ...programFacts(programs)], ...records };
  if (programs.length === 0) return { ...draft, parts: [] };
  const build = buildSettingsOf(cell, prepared.fitting, built, settings);
  const own = await planBuild({ ...build, patch: null }, null);
  const kept = (variant: string): Step[] =>
    settings.output === undefined
      ? []
      : [
          {
            kind: 'note',
            text: `It goes to ${outputOf(settings.output, cell.id, variant)} as well`,
          },
        ];
  const parts = [buildPart(`Build ${source.version} ${base}`, own, kept(base))];
  const kernels = [{ variant: base, build: own }];
  for (const it of [...applying, ...mutants.applying]) {
    // One without a patch runs base's kernel.
    const plan = hasPatch(it) ? await planBuild({ ...build, patch: it.patch }, own) : own;
    kernels.push({ variant: it.name, build: plan });
    if (plan !== own)
      parts.push(buildPart(`Build ${source.version} ${it.name}`, plan, kept(it.name)));
  }
  const root = await planRoot(cell.image);
  if (root !== undefined) parts.push(rootPart(root));
  for (const it of kernels) parts.push(bootPart(it.variant, it.build, root, cell, settings));
  return { ...draft, parts };
}

/** What base runs, a line for each program. */
function programFacts(programs: readonly Program[]): CellDraft['facts'] {
  if (programs.length === 0) return [['programs', 'none of them in this shard']];
  return programs.map(({ test, tests }, index) => {
    const count =
      tests === null ? '' : `: ${tests.length} ${tests.length === 1 ? 'test' : 'tests'}`;
    return [index === 0 ? 'programs' : '', `${test.id}${count}`];
  });
}

function factsOf(cell: Cell, { source }: Prepared, settings: CellSettings): CellDraft['facts'] {
  const { accelerator, shape, vms, selection, shard, toolchain } = settings;
  const given = settings.config.split('\n').filter((line) => line !== '');
  const { filter, exclude } = selection;
  return [
    ['kernel', `${source.version}: ${source.origin}, in ${source.folder}`],
    ['config', [cell.profile, ...given].join(', ')],
    ['compiler', [toolchain.compiler, ...toolchain.makeWords].join(', ')],
    ...cell.tests.map((it) => {
      const own = isKunit(it) ? 'built into the kernel' : "of the kernel's own selftests";
      const place = isFolder(it) ? `in ${it.folder}` : own;
      return ['tests', `${specOf(it)}, ${place}`] as const;
    }),
    ['image', cell.image],
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

function buildPart(
  title: string,
  build: BuildPlan,
  kept: readonly Step[],
): CellDraft['parts'][number] {
  const text = `It is in the cache: ${build.folder}`;
  const steps: readonly Step[] = build.cached ? [{ kind: 'note', text }] : build.steps;
  return { title, steps: [...steps, ...kept] };
}

function rootPart({ folder, cached, steps }: RootPlan): CellDraft['parts'][number] {
  return {
    title: 'Make the root',
    steps: cached ? [{ kind: 'note', text: `It is in the cache: ${folder}` }] : steps,
  };
}

function bootPart(
  variant: string,
  build: BuildPlan,
  root: RootPlan | undefined,
  { tests }: Cell,
  { shape, accelerator, toolchain }: CellSettings,
): CellDraft['parts'][number] {
  const { kernel, initrd, port } = launchFiles;
  const notes = [
    `${launchFolder} stands for a folder of the launch's own. It holds`,
    `${kernel}: a link to ${path.join(build.folder, 'bzImage')}`,
    `${initrd}: the agent's image with the test programs, and the job`,
    `${port}: a socket on which patchproof listens to the agent`,
    `${launchFiles.empty}: an empty folder`,
    ...(root === undefined ? [] : [`${launchFiles.root}: a link to ${root.folder}`]),
  ];
  const steps: Step[] = notes.map((text) => ({ kind: 'note', text }));
  const launch = {
    arch: toolchain.arch,
    accelerator: accelerator.name,
    shape,
    hasRoot: root !== undefined,
    bootWords: bootWordsOf(tests),
  };
  const line = vngLine(launchFolder, vngArguments(launch));
  return { title: `Boot ${variant} and run the tests`, steps: [...steps, { kind: 'run', line }] };
}
