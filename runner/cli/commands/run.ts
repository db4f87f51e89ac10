// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { exitCodes } from '../../errors.ts';
import type { RunEvent } from '../../events.ts';
import { readGiven } from '../../pipeline/candidates.ts';
import { checkPlan } from '../../pipeline/check.ts';
import { checkRunFolder, makeRunFolder } from '../../pipeline/folder.ts';
import { hostFacts } from '../../pipeline/host-facts.ts';
import { runPlan } from '../../pipeline/run.ts';
import { durationsOf } from '../../pipeline/timings.ts';
import { detectToolchain } from '../../kernel/build/toolchain.ts';
import { candidatesOf, planCells } from '../../proof/plan.ts';
import type { Shard } from '../../proof/shard.ts';
import { openView } from '../../report/view.ts';
import { writeJson } from '../../report/write.ts';
import { ensureFor } from '../../setup/index.ts';
import { exitCodeOf, isWholeShard } from '../../verdict/exit.ts';
import { probeAccelerator } from '../../vm/accelerator.ts';
import { deliver } from '../deliver.ts';
import { stopOnSignals } from '../interrupt.ts';
import { findProof } from '../proof-file.ts';
import { toolVersion } from '../version.ts';

/** The options of `patchproof run` as the command table gives them. */
export interface RunOptions {
  kernel?: readonly string[];
  patch?: readonly string[];
  profile?: readonly string[];
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

/** `patchproof run`: from a patch to a verdict. Returns the exit code. */
export async function runCommand(given: string, options: RunOptions): Promise<number> {
  // Everything the person can have got wrong is found before anything is installed or built.
  const proof = await findProof(given);
  const candidates = candidatesOf(options.patch ?? []);
  const patches = await readGiven(candidates);
  const plan = planCells(proof, {
    ...(options.kernel === undefined ? {} : { kernels: options.kernel }),
    ...(options.profile === undefined ? {} : { profiles: options.profile }),
    candidates,
  });
  await checkPlan(plan);
  const durations = await durationsOf(options.durations);
  if (options.outputDir !== undefined) await checkRunFolder(options.outputDir);

  const stop = stopOnSignals();
  try {
    await ensureFor(['build', 'vm', 'selftests'], { yes: options.yes === true });
    const startedAt = new Date().toISOString();
    const stamp = `${startedAt.slice(0, 19).replaceAll(':', '')}-${proof.name}`;
    const folder = await makeRunFolder(options.outputDir, stamp);
    const jobs = options.jobs ?? availableParallelism();
    const shape = { cpus: options.cpus ?? 2, memory: options.memory ?? 1024 };
    const accelerator = await probeAccelerator(stop.signal);
    const settings = {
      toolchain: await detectToolchain(),
      accelerator,
      shape,
      jobs,
      vms: Math.max(1, Math.floor(jobs / shape.cpus)),
      ...(options.shard === undefined ? {} : { shard: { ...options.shard, durations } }),
    };
    const head = {
      tool: toolVersion(),
      argv: process.argv.slice(2),
      host: hostFacts(accelerator, settings.toolchain),
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
    if (isWholeShard(outcome.record, outcome.verdict)) return exitCodes.proved;
    return exitCodeOf(outcome.verdict, outcome.record.interrupted);
  } finally {
    stop.release();
  }
}

/** The live view is closed before anything else is printed, however the run ends. */
async function withView<T>(work: (listen: (event: RunEvent) => void) => Promise<T>): Promise<T> {
  const view = await openView(process.stderr);
  try {
    return await work((event) => view.listen(event));
  } finally {
    await view.close();
  }
}
