// SPDX-License-Identifier: MIT
import { cachePath, lookup } from '../../host/cache.ts';
import type { Step } from '../../host/command-line.ts';
import { allOf, configureSteps, leavesConfig, requestsOf, wishesOf } from '../config/configure.ts';
import { formatRequests } from '../config/fragment.ts';
import { applyLine } from '../patch/git.ts';
import { shown } from '../stage.ts';
import type { BuildRequest } from './build.ts';
import { compileLine } from './compile.ts';
import { kernelKey } from './key.ts';
import { compilerWords } from './make.ts';
import { clearLine, layOutLines, workshopPlace } from './workshop.ts';

/** What buildKernel() would do. */
export interface BuildPlan {
  key: string;
  /** Where the kernel is, or will be. */
  folder: string;
  cached: boolean;
  /** Empty for a kernel that is in the cache. */
  steps: Step[];
}

/**
 * Plans a build without touching anything.
 *
 * @param seed the plan of the build whose objects it starts from
 */
export async function planBuild(
  request: Omit<BuildRequest, 'seed' | 'variant'>,
  seed: BuildPlan | null,
): Promise<BuildPlan> {
  const { source, patch, profile, fragments, wishes, given, toolchain, jobs } = request;
  const target = { series: source.series, arch: toolchain.arch };
  const wanted = {
    requests: await requestsOf(profile, fragments, target, given),
    wishes: await wishesOf(wishes, target),
  };
  const key = kernelKey({
    sourceHash: source.hash,
    patchHash: patch?.hash ?? null,
    fragment: formatRequests(allOf(wanted)),
    toolchain,
  });
  const plan: BuildPlan = {
    key,
    folder: cachePath('kernels', key),
    cached: (await lookup('kernels', key)) !== undefined,
    steps: [],
  };
  if (plan.cached) return plan;
  const shop = workshopPlace();
  const makeWords = await compilerWords(toolchain);
  const { src, out } = shop;
  const { arch } = toolchain;
  const { fragment, lines } = configureSteps({ source: src, out, wanted, arch, makeWords });
  const run = (line: Parameters<typeof shown>[0]): Step => ({ kind: 'run', line: shown(line) });
  const objects = await objectsOf(seed);
  const isConfiguredByBase = objects !== undefined && patch !== null && leavesConfig(patch.files);
  plan.steps = [
    { kind: 'run', line: { program: 'mkdir', args: ['-p', shop.folder] } },
    { kind: 'run', line: clearLine() },
    ...layOutLines(source.folder, objects).map(run),
    ...(patch === null
      ? []
      : [{ kind: 'run', line: shown(applyLine(src)), input: { text: patch.text } } as const]),
    ...(isConfiguredByBase ? [] : [{ kind: 'write', ...fragment } as const, ...lines.map(run)]),
    run(compileLine(shop, arch, makeWords, jobs)),
    { kind: 'note', text: `The kernel, its config and its log are kept as ${plan.folder}` },
    ...(patch === null
      ? [{ kind: 'note', text: `${out} becomes ${cachePath('objects', key)}` } as const]
      : []),
  ];
  return plan;
}

/** The objects of a kernel from the cache may be gone; those of one that is built first will be there. */
async function objectsOf(seed: BuildPlan | null): Promise<string | undefined> {
  if (seed === null) return undefined;
  return seed.cached ? lookup('objects', seed.key) : cachePath('objects', seed.key);
}
