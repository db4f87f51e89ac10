// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exitCodes, PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import { nearTargets } from '../../kernel/near/targets.ts';
import { tableSource } from '../../kernel/near/table.ts';
import type { KernelSource, Patch } from '../../kernel/model.ts';
import { targetOf } from '../../kernel/patch/fit.ts';
import { readPatch } from '../../kernel/patch/read.ts';
import { resolveSource } from '../../kernel/source/index.ts';
import { parseSourceSpec } from '../../kernel/source/spec.ts';
import { anyAction, workflowText } from '../../proof/init-workflow.ts';
import { dropReasonsAdded, proofName, proofText, type NewProof } from '../../proof/init.ts';
import { plainProgress } from '../../report/plain.ts';
import { ensureFor } from '../../setup/index.ts';
import { stopOnSignals } from '../interrupt.ts';

/** The options of `patchproof init` as the command table gives them. */
export interface InitOptions {
  kernel?: string;
  output: string;
  /** true: without saying where patchproof is. */
  workflow?: string | true;
  yes?: boolean;
}

const defaultKernel = { spec: '6.12', series: '6.12' };

/** `patchproof init [PATCH]`: writes a proof file, and with `--workflow` a workflow that runs it. */
export async function initCommand(
  given: string | undefined,
  options: InitOptions,
): Promise<number> {
  const output = path.resolve(options.output);
  const action = checkAction(options.workflow);
  const repository = topOf(path.dirname(output));
  const workflow = path.join(repository, '.github/workflows/patchproof.yml');
  refuseOverwrite(action === undefined ? [output] : [output, workflow]);
  if (options.kernel !== undefined) parseSourceSpec(options.kernel);

  const stop = stopOnSignals();
  const progress = plainProgress((line) => process.stderr.write(line));
  const context: StageContext = {
    emit: (event) => progress({ time: 0, ...event }),
    signal: stop.signal,
    cell: options.kernel ?? '',
  };
  try {
    const kernels = options.kernel === undefined ? [] : [options.kernel];
    const patch = given === undefined ? null : await readPatch(given, { kernels }, context);
    let source: KernelSource | null = null;
    if (options.kernel !== undefined) {
      await ensureFor(['patch'], { yes: options.yes === true });
      source = await resolveSource(options.kernel, context);
    }
    const proof = describe(patch, source, path.dirname(output));
    await write(output, proofText(proof));
    if (action !== undefined) {
      const below = path.relative(repository, output);
      await write(workflow, workflowText(proof.title, below, action));
    }
    const shown = path.relative('.', output);
    process.stderr.write(
      `patchproof: read it, say which tests it takes, and type: patchproof run ${shown}${proof.patch?.file === null || patch === null ? ' --patch PATCH' : ''}\n`,
    );
    return exitCodes.proved;
  } finally {
    stop.release();
  }
}

function describe(patch: Patch | null, source: KernelSource | null, folder: string): NewProof {
  const read = source === null ? undefined : targetOf(source.folder);
  const file = patch?.file === undefined ? null : path.relative(folder, patch.file);
  return {
    name: proofName(patch?.name ?? ''),
    title: patch?.subject ?? 'What the patch is to show',
    patch: patch && { name: patch.name, file, hash: patch.hash, files: patch.files },
    kernel: source === null ? defaultKernel.spec : kernelOf(source.spec),
    series: source?.series ?? defaultKernel.series,
    near: nearTargets(patch?.files ?? [], read),
    nearSource: source === null ? tableSource : `MAINTAINERS and Makefiles of ${source.version}`,
    reasons: dropReasonsAdded(patch?.text ?? ''),
  };
}

/** A folder is named so that it is the same one from anywhere. */
function kernelOf(spec: string): string {
  return parseSourceSpec(spec).kind === 'directory' ? path.resolve(spec) : spec;
}

function checkAction(given: string | true | undefined): string | undefined {
  if (given === undefined) return undefined;
  if (given === true) return anyAction;
  if (/^[\w.-]+\/[\w.-]+@[\w./-]+$/.test(given)) return given;
  throw new PatchproofError({
    kind: 'usage',
    code: 'action',
    message: `--workflow ${given} is no repository of patchproof.`,
    remedy: 'Name its owner, its name and a commit: --workflow OWNER/patchproof@COMMIT',
  });
}

/** Where .github belongs: the top of the repository, or the folder itself outside of any. */
function topOf(folder: string): string {
  for (let at = folder; ; at = path.dirname(at)) {
    if (existsSync(path.join(at, '.git'))) return at;
    if (path.dirname(at) === at) return folder;
  }
}

function refuseOverwrite(files: readonly string[]): void {
  const there = files.filter((file) => existsSync(file));
  if (there.length === 0) return;
  throw new PatchproofError({
    kind: 'usage',
    code: 'file-exists',
    message: `${there.map((file) => path.relative('.', file)).join(' and ')} would be overwritten.`,
    remedy: 'Move it away, or write elsewhere: --output FILE',
  });
}

/** Writes a new file, and says so on stdout; one that has come in the meantime stays as it is. */
async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text, { flag: 'wx' });
  process.stdout.write(`${path.relative('.', file)}\n`);
}
