// SPDX-License-Identifier: MIT
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import type { StageContext } from '../events.ts';
import { buildKernel } from '../kernel/build/build.ts';
import { exportKernel } from '../kernel/build/store.ts';
import type { BuiltKernel, KernelSource, Patch, Toolchain } from '../kernel/model.ts';
import { base } from '../proof/model.ts';
import type { Patched } from './candidates.ts';
import { failureOf } from './failure.ts';

/** What all builds of a cell share. */
export interface BuildSettings {
  source: KernelSource;
  profile: string;
  /** Config fragments beside the profile's, e.g. the tests' own `config` file. */
  fragments: readonly string[];
  /** Likewise of the kernel's own tests: what cannot be had is told. */
  wishes: readonly string[];
  /** What the command line asks beyond them, as a fragment's text. */
  given: string;
  toolchain: Toolchain;
  jobs: number;
  /** The proof's patch for this series, named when another one does not apply. */
  readyMade: string | undefined;
  /** `cells/<id>` of the run directory. */
  folder: string;
  /** The folder of `O=`, where kernels go as well; undefined: nowhere else. */
  output: string | undefined;
}

/** Where a kernel goes below `O=`. */
export function outputOf(output: string, cell: string, variant: string): string {
  return path.join(output, cell, variant);
}

/** Builds base; a base that does not build leaves nothing to compare with. */
export async function buildBase(
  settings: BuildSettings,
  context: StageContext,
): Promise<BuiltKernel | null> {
  try {
    return await build(settings, base, null, null, context);
  } catch (error) {
    context.emit(failureOf(error, context, base, 'build', 1));
    return null;
  }
}

/** What can be the patch's own doing once base was configured and built: its code, its Kconfig. */
export const patchFaults: ReadonlySet<string> = new Set([
  'build-failed',
  'configure-failed',
  'config-unmet',
]);

/**
 * Builds a candidate on base's objects. A fault of the sources is tried a second time before it
 * counts against the patch; everything else that fails is nobody's verdict.
 */
export async function buildCandidate(
  settings: BuildSettings,
  candidate: Patched,
  seed: BuiltKernel,
  context: StageContext,
): Promise<BuiltKernel | null> {
  for (let times = 1; ; times++) {
    try {
      return await build(settings, candidate.name, candidate.patch, seed, context);
    } catch (error) {
      const faulty = error instanceof PatchproofError && patchFaults.has(error.code);
      if (faulty && times === 1) continue;
      context.emit(failureOf(error, context, candidate.name, faulty ? 'build' : 'patch', times));
      return null;
    }
  }
}

async function build(
  settings: BuildSettings,
  variant: string,
  patch: Patch | null,
  seed: BuiltKernel | null,
  context: StageContext,
): Promise<BuiltKernel> {
  const kernel = await buildKernel(
    {
      source: settings.source,
      patch,
      seed,
      profile: settings.profile,
      fragments: settings.fragments,
      wishes: settings.wishes,
      given: settings.given,
      toolchain: settings.toolchain,
      variant,
      jobs: settings.jobs,
    },
    context,
  );
  await recordKernel(settings, variant, kernel, context);
  return kernel;
}

/** Says in the record which kernel a variant runs. */
export async function recordKernel(
  settings: BuildSettings,
  variant: string,
  kernel: BuiltKernel,
  context: StageContext,
): Promise<void> {
  // The run directory stands by itself, also when the cache is cleared.
  const folder = path.join(settings.folder, variant);
  await mkdir(folder, { recursive: true });
  await copyFile(kernel.config, path.join(folder, 'config'));
  await copyFile(kernel.log, path.join(folder, 'build.log'));
  if (settings.output !== undefined)
    await exportKernel(
      kernel,
      settings.toolchain.arch,
      outputOf(settings.output, context.cell, variant),
    );
  context.emit({
    type: 'kernel-built',
    kernel: {
      cell: context.cell,
      variant,
      release: kernel.release,
      imageHash: kernel.imageHash,
      key: kernel.key,
      cached: kernel.cached,
      objects: kernel.objects,
      durationMs: kernel.durationMs,
      ...(kernel.lacks.length === 0 ? {} : { lacks: kernel.lacks }),
    },
  });
}
