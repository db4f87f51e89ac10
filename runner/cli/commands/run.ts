// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { exitCodes, PatchproofError } from '../../errors.ts';
import { readGiven } from '../../pipeline/candidates.ts';
import { checkPlan } from '../../pipeline/check.ts';
import { checkRunFolder, makeOutputFolder, makeRunFolder } from '../../pipeline/folder.ts';
import { hostFacts } from '../../pipeline/host-facts.ts';
import { namesOfPlan, type ListRequest } from '../../pipeline/list.ts';
import type { CellSettings } from '../../pipeline/cell.ts';
import { runPlan } from '../../pipeline/run.ts';
import { durationsOf } from '../../pipeline/timings.ts';
import { detectToolchain } from '../../kernel/build/toolchain.ts';
import { readGivenConfig } from '../../kernel/config/given.ts';
import type { Patch } from '../../kernel/model.ts';
import type { ImageName, Plan, Proof, Selection } from '../../proof/model.ts';
import { candidatesOf, namedCandidates, planCells } from '../../proof/plan.ts';
import type { Durations, Shard } from '../../proof/shard.ts';
import { writeJson } from '../../report/write.ts';
import { ensureFor } from '../../setup/index.ts';
import { exitCodeOf, isWholeShard } from '../../verdict/exit.ts';
import { probeAccelerator } from '../../vm/accelerator.ts';
import { archOf } from '../../host/arch.ts';
import { deliver } from '../deliver.ts';
import type { Sources } from '../environment.ts';
import { buildGroups, groupsOf } from '../groups.ts';
import { stopOnSignals } from '../interrupt.ts';
import { splitMakeWords } from '../make-words.ts';
import { proofOf } from '../proof-of.ts';
import { toolVersion } from '../version.ts';
import { withView } from '../with-view.ts';

/** The options of `patchproof run` as the command table gives them. */
export interface RunOptions {
  kernel?: readonly string[];
  patch?: readonly string[];
  candidate?: readonly string[];
  mutants?: boolean;
  tests?: readonly string[];
  image?: ImageName;
  useVariant?: boolean;
  profile?: readonly string[];
  config?: readonly string[];
  configitem?: readonly string[];
  filter?: readonly string[];
  exclude?: readonly string[];
  listTests?: boolean;
  dryRun?: boolean;
  repeat?: number;
  untilFail?: boolean;
  failFast?: boolean;
  outputDir?: string;
  cpus?: number;
  memory?: number;
  jobs?: number;
  strict?: boolean;
  json?: boolean;
  yes?: boolean;
  shard?: Shard;
  durations?: string;
}

/**
 * `patchproof run`: from a patch to a verdict. Returns the exit code.
 *
 * @param args at most one proof, by default the built-in one, and words for make
 * @param sources which options come from which variable of the environment
 */
export async function runCommand(
  args: readonly string[],
  options: RunOptions,
  sources: Sources = {},
): Promise<number> {
  // Everything the person can have got wrong is found before anything is installed or built.
  const { words, others, output } = splitMakeWords(args);
  if (options.mutants === true) refuseSelection(options);
  const named = options.candidate ?? [];
  const proof = await proofOf(others, options.tests ?? [], {
    tests: options.tests === undefined,
    patches: options.patch === undefined && named.length === 0,
    candidates: named,
    mutants: options.mutants === true,
  });
  const config = await readGivenConfig(options.config ?? [], options.configitem ?? []);
  const candidates = [...candidatesOf(options.patch ?? []), ...namedCandidates(proof, named)];
  const patches = await readGiven(candidates, options.kernel ?? proof.kernels);
  const plan = planCells(proof, {
    ...(options.kernel === undefined ? {} : { kernels: options.kernel }),
    ...(options.profile === undefined ? {} : { profiles: options.profile }),
    ...(options.image === undefined ? {} : { image: options.image }),
    candidates,
    mutants: options.mutants === true,
    saidBy: {
      ...(sources['kernel'] === undefined ? {} : { kernels: sources['kernel'] }),
      ...(sources['profile'] === undefined ? {} : { profiles: sources['profile'] }),
    },
    withoutCandidate: options.listTests === true,
  });
  await checkPlan(plan, { arch: archOf(words), output });
  const selection = { filter: options.filter ?? [], exclude: options.exclude ?? [] };
  if (options.listTests === true)
    return listTests({ plan, given: patches, selection }, words, options.yes === true);
  const durations = await durationsOf(options.durations);
  if (options.outputDir !== undefined) await checkRunFolder(options.outputDir);

  const stop = stopOnSignals();
  try {
    const settle = async (): Promise<CellSettings> => ({
      ...(await settingsOf(proof, options, words, config, selection, durations, stop.signal)),
      ...(output === undefined ? {} : { output: path.resolve(output) }),
    });
    if (options.dryRun === true) {
      await ensureFor(buildGroups(words), { yes: options.yes === true });
      return await dryRun(plan, patches, await settle(), stop.signal);
    }
    if (output !== undefined) await makeOutputFolder(output);
    await ensureFor(groupsOf(words, plan), { yes: options.yes === true });
    const startedAt = new Date().toISOString();
    const stamp = `${startedAt.slice(0, 19).replaceAll(':', '')}-${proof.name}`;
    const folder = await makeRunFolder(options.outputDir, stamp);
    const settings = await settle();
    const head = {
      tool: toolVersion(),
      argv: process.argv.slice(2),
      host: hostFacts(settings.accelerator, settings.toolchain),
      seed: randomUUID(),
      startedAt,
    };
    await writeJson(path.join(folder, 'run.json'), head);
    await writeJson(path.join(folder, 'plan.json'), plan.cells);

    const outcome = await withView((listen) =>
      runPlan({
        ...head,
        plan,
        given: patches,
        settings,
        folder,
        strict: options.strict === true,
        listeners: [listen],
        signal: stop.signal,
      }),
    );

    for (const problem of outcome.viewErrors) {
      process.stderr.write(`patchproof: a report failed: ${String(problem)}\n`);
    }
    await deliver(outcome.record, outcome.verdict, folder, options.json === true);
    if (isWholeShard(outcome.record)) return exitCodes.proved;
    return exitCodeOf(outcome.verdict, outcome.record.interrupted);
  } finally {
    stop.release();
  }
}

/** What all cells share; asks the host for its compiler and its accelerator. */
async function settingsOf(
  proof: Proof,
  options: RunOptions,
  words: readonly string[],
  config: string,
  selection: Selection,
  durations: Durations,
  signal: AbortSignal,
): Promise<CellSettings> {
  const jobs = options.jobs ?? availableParallelism();
  const shape = { cpus: options.cpus ?? proof.cpus, memory: options.memory ?? proof.memory };
  return {
    useVariant: options.useVariant === true,
    toolchain: await detectToolchain(words),
    config,
    accelerator: await probeAccelerator(archOf(words), signal),
    shape,
    jobs,
    vms: Math.max(1, Math.floor(jobs / shape.cpus)),
    selection,
    rounds: {
      repeat: options.repeat ?? proof.repeat ?? (options.untilFail === true ? Infinity : 1),
      untilFail: options.untilFail === true,
      failFast: options.failFast === true,
    },
    ...(options.shard === undefined ? {} : { shard: { ...options.shard, durations } }),
  };
}

function refuseSelection({ filter, exclude, shard, tests }: RunOptions): void {
  if ([filter, exclude, shard, tests].every((it) => it === undefined)) return;
  throw new PatchproofError({
    kind: 'usage',
    code: 'mutants',
    message: 'Each mutant names the tests that are run for it.',
    remedy: 'Give --mutants without --tests, --filter, --exclude and --shard.',
  });
}

/** `--list-tests`: the selected names on stdout, one a line; those of several kernels once. */
async function listTests(
  request: Omit<ListRequest, 'toolchain'>,
  words: readonly string[],
  yes: boolean,
): Promise<number> {
  const stop = stopOnSignals();
  try {
    await ensureFor(buildGroups(words), { yes });
    const toolchain = await detectToolchain(words);
    const names = await withView((listen) =>
      namesOfPlan({ ...request, toolchain }, listen, stop.signal),
    );
    process.stdout.write(names.map((name) => `${name}\n`).join(''));
    return exitCodes.proved;
  } finally {
    stop.release();
  }
}

/** `--dry-run`: the plan and its commands on stdout; 69 where something is certain to have no verdict. */
async function dryRun(
  plan: Plan,
  given: ReadonlyMap<string, Patch>,
  settings: CellSettings,
  signal: AbortSignal,
): Promise<number> {
  const { draftPlan } = await import('../../pipeline/dry-run.ts');
  const { dryRunText } = await import('../../report/dry-run.ts');
  const draft = await withView((listen) => draftPlan(plan, given, settings, listen, signal));
  process.stdout.write(dryRunText(plan.proof, toolVersion(), draft));
  return draft.cells.some(({ failures }) => failures.length > 0)
    ? exitCodes.noVerdict
    : exitCodes.proved;
}
