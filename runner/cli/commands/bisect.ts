// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { bisectCodes, PatchproofError } from '../../errors.ts';
import { archOf } from '../../host/arch.ts';
import { detectToolchain } from '../../kernel/build/toolchain.ts';
import { readGivenConfig } from '../../kernel/config/given.ts';
import { parseSourceSpec } from '../../kernel/source/spec.ts';
import { readGiven } from '../../pipeline/candidates.ts';
import { checkPlan, liesIn } from '../../pipeline/check.ts';
import { tryCommit } from '../../pipeline/commit.ts';
import { makeRunFolder } from '../../pipeline/folder.ts';
import { hostFacts } from '../../pipeline/host-facts.ts';
import type { ImageName } from '../../proof/model.ts';
import { planCells } from '../../proof/plan.ts';
import { shielded } from '../../report/shield.ts';
import { plainText } from '../../report/text.ts';
import { writeJson } from '../../report/write.ts';
import { ensureFor } from '../../setup/index.ts';
import { isFail } from '../../verdict/compare.ts';
import { judgeCommit, type CommitVerdict } from '../../verdict/commit.ts';
import { probeAccelerator } from '../../vm/accelerator.ts';
import { formatFailures } from '../failures.ts';
import { groupsOf } from '../groups.ts';
import { stopOnSignals } from '../interrupt.ts';
import { splitMakeWords } from '../make-words.ts';
import { proofOf } from '../proof-of.ts';
import { toolVersion } from '../version.ts';
import { withView } from '../with-view.ts';

/** The options of `patchproof bisect` as the command table gives them. */
export interface BisectOptions {
  test?: readonly string[];
  tests?: readonly string[];
  image?: ImageName;
  fixed?: boolean;
  kernel: string;
  patch?: string;
  profile?: string;
  config?: readonly string[];
  configitem?: readonly string[];
  repeat?: number;
  outputDir?: string;
  cpus: number;
  memory: number;
  jobs?: number;
  yes?: boolean;
}

/**
 * `patchproof bisect`: what `git bisect run` asks of a commit that it has checked out. Returns 0
 * for good, 1 for bad, 125 to skip it; whatever is wrong with the host or the command is thrown.
 */
export async function bisectCommand(
  args: readonly string[],
  options: BisectOptions,
): Promise<number> {
  const { words, others, output } = splitMakeWords(args);
  if (output !== undefined) throw noOutput(output);
  const tests = options.test ?? [];
  if (tests.length === 0) throw wrongUse();
  const proof = await proofOf(others, options.tests ?? []);
  const tree = treeOf(options.kernel);
  if (options.outputDir !== undefined) refuseInside(tree, options.outputDir);
  const config = await readGivenConfig(options.config ?? [], options.configitem ?? []);
  const named = {
    name: 'patched',
    ...(options.patch === undefined ? {} : { file: options.patch }),
  };
  const patches = await readGiven([named], [tree]);
  const plan = planCells(proof, {
    kernels: [tree],
    profiles: [options.profile ?? proof.profiles[0] ?? ''],
    ...(options.image === undefined ? {} : { image: options.image }),
    candidates: [named],
  });
  const arch = archOf(words);
  await checkPlan(plan, { arch });
  const [cell] = plan.cells;
  if (cell === undefined) throw new Error('a plan of one kernel and profile has a cell');

  const stop = stopOnSignals();
  try {
    await ensureFor(groupsOf(words, plan), { yes: options.yes === true });
    const startedAt = new Date().toISOString();
    const kept = options.outputDir ?? (await mkdtemp(path.join(tmpdir(), 'patchproof-bisect-')));
    const folder = await makeRunFolder(path.join(kept, startedAt.replaceAll(':', '')), '');
    const toolchain = await detectToolchain(words);
    const accelerator = await probeAccelerator(arch, stop.signal);
    const head = {
      tool: toolVersion(),
      argv: process.argv.slice(2),
      host: hostFacts(accelerator, toolchain),
      seed: randomUUID(),
      startedAt,
    };
    await writeJson(path.join(folder, 'run.json'), head);
    const record = await withView((listen) =>
      tryCommit({
        cell,
        proof,
        patch: patches.get('patched') ?? null,
        settings: {
          useVariant: false,
          toolchain,
          config,
          accelerator,
          shape: { cpus: options.cpus, memory: options.memory },
          jobs: options.jobs ?? availableParallelism(),
          vms: 1,
          selection: { filter: tests, exclude: [] },
          rounds: { repeat: options.repeat ?? 1, untilFail: false, failFast: false },
        },
        folder,
        head,
        listen,
        signal: stop.signal,
      }),
    );
    const verdict = judgeCommit(record, { anyFailure: options.repeat !== undefined });
    const answer = answerOf(verdict, options.fixed === true);
    process.stderr.write(shielded(formatFailures(record.failures)));
    process.stdout.write(shielded(plainText(told(answer, verdict))));
    process.stderr.write(`The evidence is in ${folder}\n`);
    return bisectCodes[answer];
  } finally {
    stop.release();
  }
}

/** With `--fixed` the new, wanted state is that the tests pass: git calls that bad. */
function answerOf({ tests }: CommitVerdict, fixed: boolean): 'good' | 'bad' | 'skip' {
  if (tests === 'unknown') return 'skip';
  return (tests === 'pass') === fixed ? 'bad' : 'good';
}

function told(answer: string, { why, outcomes }: CommitVerdict): string {
  const failing = outcomes.filter(({ outcome }) => isFail(outcome));
  const lines = failing.map(({ name, outcome }) => `  ${outcome.padEnd(8)}  ${name}`);
  return [`patchproof: ${answer}: ${why}`, ...lines, ''].join('\n');
}

/** The folder that git checks commits out in. */
function treeOf(kernel: string): string {
  const spec = parseSourceSpec(kernel);
  if (spec.kind === 'directory') return spec.folder;
  throw new PatchproofError({
    kind: 'usage',
    code: 'bisect-kernel',
    message: `${kernel} is no folder: git bisect checks its commits out in one.`,
    remedy: 'Start git bisect run in a clone of the kernel, and leave --kernel out.',
  });
}

/** What lies in the tree is part of the next kernel's source. */
function refuseInside(tree: string, folder: string): void {
  if (!liesIn(tree, folder)) return;
  throw new PatchproofError({
    kind: 'usage',
    code: 'output-dir',
    message: `The run directories would lie in the tree that is bisected: ${folder}.`,
    remedy: 'Name a folder outside of it, or leave --output-dir out.',
  });
}

function noOutput(output: string): PatchproofError {
  return new PatchproofError({
    kind: 'usage',
    code: 'make-word',
    message: `O=${output}: a bisection keeps the kernel of no commit.`,
    remedy: 'Leave it out; patchproof run takes it.',
  });
}

function wrongUse(): PatchproofError {
  return new PatchproofError({
    kind: 'usage',
    code: 'bisect',
    message: 'Which tests tell a good commit from a bad one is not said.',
    remedy:
      "Name them: patchproof bisect --test 'tcp_repair:frozen/*ipv4*'; all names: patchproof run --list-tests",
  });
}
