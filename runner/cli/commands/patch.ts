// SPDX-License-Identifier: MIT
import { PatchproofError, exitCodes } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import type { KernelSource, Patch } from '../../kernel/model.ts';
import { PatchRefused, fitPatch, targetOf } from '../../kernel/patch/fit.ts';
import type { Fitted } from '../../kernel/patch/fit.ts';
import { toJson } from '../../kernel/patch/json.ts';
import type { CheckJson } from '../../kernel/patch/json.ts';
import { readPatch } from '../../kernel/patch/read.ts';
import { describeWay, listReading } from '../../kernel/patch/text.ts';
import { resolveSource } from '../../kernel/source/index.ts';
import { parseSourceSpec } from '../../kernel/source/spec.ts';
import { readyMade, variantOf } from '../../pipeline/candidates.ts';
import { withVariant } from '../../pipeline/fit.ts';
import { plainProgress } from '../../report/plain.ts';
import { shielded } from '../../report/shield.ts';
import { plainText } from '../../report/text.ts';
import { ensureFor } from '../../setup/index.ts';
import { formatError } from '../error.ts';
import { stopOnSignals } from '../interrupt.ts';
import { builtInProofs } from '../proof-file.ts';

interface PatchOptions {
  kernel?: string;
  check?: boolean;
  depth?: number;
  json?: boolean;
  yes?: boolean;
}

/**
 * `patchproof patch`: the clean patch on stdout, its repairs and doubts on stderr; with `--check`
 * whether it applies. Exit 0; 1 when the mail does not decide what the patch changes; 69 when it
 * does not apply or is already there.
 */
export async function patchCommand(given: string, options: PatchOptions): Promise<number> {
  const { kernel } = options;
  if (options.check === true && kernel === undefined)
    throw new PatchproofError({
      kind: 'usage',
      code: 'no-kernel',
      message: '--check needs a kernel to check the patch against.',
      remedy: `Name one: patchproof patch --check --kernel debian:6.12 ${given}`,
    });
  if (kernel !== undefined) parseSourceSpec(kernel);
  const stop = stopOnSignals();
  const progress = plainProgress((line) => process.stderr.write(line));
  const context: StageContext = {
    emit: (event) => progress({ time: 0, ...event }),
    signal: stop.signal,
    cell: kernel ?? '',
  };
  try {
    const kernels = kernel === undefined ? [] : [kernel];
    const patch = await readPatch(given, { kernels, depth: options.depth }, context);
    if (kernel === undefined) return print(patch, null, options, null);
    await ensureFor(['patch'], { yes: options.yes === true });
    const source = await resolveSource(kernel, context);
    const { fitted, refusal } = await check(source, patch, context);
    const read = fitted?.patch ?? patch.fit(targetOf(source.folder));
    if (options.check === true)
      return print(read, checkJson(source, fitted, refusal), options, refusal);
    if (refusal !== null) process.stderr.write(`patchproof: ${refusal.error.message}\n`);
    return print(read, null, options, null);
  } finally {
    stop.release();
  }
}

interface Refusal {
  error: PatchproofError;
  /** A ready-made patch for this kernel. */
  variant: string | null;
}

async function check(
  source: KernelSource,
  patch: Patch,
  context: StageContext,
): Promise<{ fitted: Fitted | null; refusal: Refusal | null }> {
  try {
    return { fitted: await fitPatch(source, patch, context), refusal: null };
  } catch (error) {
    if (!(error instanceof PatchproofError) || error.kind !== 'infrastructure') throw error;
    if (error.code === 'already-applied')
      return { fitted: null, refusal: { error, variant: null } };
    if (!(error instanceof PatchRefused)) throw error;
    for (const proof of await builtInProofs()) {
      const ready = await variantOf(patch, readyMade(proof, source.series));
      if (ready?.file === undefined) continue;
      const named = withVariant(error, ready, source.series);
      return { fitted: null, refusal: { error: named, variant: ready.file } };
    }
    return { fitted: null, refusal: { error, variant: null } };
  }
}

function checkJson(
  source: KernelSource,
  fitted: Fitted | null,
  refusal: Refusal | null,
): CheckJson {
  const cause = refusal?.error.cause ?? refusal?.error;
  return {
    kernel: source.version,
    origin: source.origin,
    result:
      fitted !== null
        ? 'applies'
        : refusal?.error.code === 'already-applied'
          ? 'already applied'
          : 'does not apply',
    way: fitted?.way ?? null,
    details: [...(fitted?.details ?? [])],
    refused:
      cause instanceof PatchRefused
        ? cause.refusals.map((it) => ({ ...it, lines: [...it.lines] }))
        : [],
    variant: refusal?.variant ?? null,
  };
}

function print(
  patch: Patch,
  result: CheckJson | null,
  options: PatchOptions,
  refusal: Refusal | null,
): number {
  if (options.json === true) process.stdout.write(`${JSON.stringify(toJson(patch, result))}\n`);
  else {
    for (const line of listReading(patch)) process.stderr.write(`${plainText(line)}\n`);
    if (result === null) process.stdout.write(patch.text);
    else if (result.result === 'applies') {
      const way = describeWay({ way: result.way ?? 'exact', details: result.details });
      process.stdout.write(`${patch.name} ${way ?? 'applies exactly'} to ${result.kernel}\n`);
    }
  }
  if (refusal !== null) {
    process.stderr.write(shielded(`${formatError(refusal.error)}\n`));
    return refusal.error.exitCode;
  }
  const isOpen = patch.doubts.some(({ about }) => about === 'content');
  return isOpen ? exitCodes.notProved : exitCodes.proved;
}
