// SPDX-License-Identifier: MIT
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import { cachePath, cacheRoot } from '../../host/cache.ts';
import { checkConfig, explainUnmet } from '../config/check.ts';
import {
  allOf,
  configure,
  isConfigured,
  leavesConfig,
  requestsOf,
  wishesOf,
} from '../config/configure.ts';
import type { ConfigureRequest, Wanted } from '../config/configure.ts';
import { formatRequests } from '../config/fragment.ts';
import type { BuiltKernel, KernelSource, Patch, Toolchain } from '../model.ts';
import { applyPatch } from '../patch/apply.ts';
import { hashFile } from '../source/download.ts';
import { command, execute, inStage } from '../stage.ts';
import type { Progress } from '../stage.ts';
import { changedFiles, renewFiles, type EarlierBuild } from './chain.ts';
import { compileLine, imageOf } from './compile.ts';
import { diagnose } from './diagnose.ts';
import { kernelKey } from './key.ts';
import { compilerWords } from './make.ts';
import { checkPacked } from './packed.ts';
import { objectOf } from './progress.ts';
import { expectedObjects, findKernel, findObjects, storeKernel, storeObjects } from './store.ts';
import { openWorkshop } from './workshop.ts';
import type { Workshop } from './workshop.ts';

/** What to build. */
export interface BuildRequest {
  source: KernelSource;
  /** null: the kernel as it is. */
  patch: Patch | null;
  /** A build of the same source whose objects are taken over as far as they hold. */
  seed: BuiltKernel | null;
  /** A fragment in vm-images/config, e.g. `lean`. */
  profile: string;
  /** Further config fragments; later ones win. */
  fragments: readonly string[];
  /** Config fragments of the kernel's own tests: what cannot be had is told, and is no error. */
  wishes: readonly string[];
  /** What the command line asks beyond them, as a fragment's text. */
  given: string;
  toolchain: Toolchain;
  /** For the events: `base` or a candidate's name. */
  variant: string;
  /** Compile jobs at once. */
  jobs: number;
  /** Start from the objects of another source's build, and keep this one's for the next. */
  chain?: { earlier: EarlierBuild | undefined };
}

/**
 * Builds a kernel, or takes it from the cache. Reproducible: the same inputs give the same image.
 * Throws `patch-does-not-apply`, `config-unmet`, `build-failed`, `missing-tool`,
 * `disk-full`, `out-of-memory` (all infrastructure), usage `no-such-profile`, or `interrupted`.
 */
export async function buildKernel(
  request: BuildRequest,
  context: StageContext,
): Promise<BuiltKernel> {
  const { source, patch, profile, toolchain, variant } = request;
  const target = { series: source.series, arch: toolchain.arch };
  const wanted = {
    requests: await requestsOf(profile, request.fragments, target, request.given),
    wishes: await wishesOf(request.wishes, target),
  };
  const key = kernelKey({
    sourceHash: source.hash,
    patchHash: patch?.hash ?? null,
    fragment: formatRequests(allOf(wanted)),
    toolchain,
  });
  const known = await fromCache(key, request, wanted, context);
  if (known !== undefined) return known;
  const shop = await openWorkshop(context, variant);
  try {
    // Another process may have built it while this one waited for the workshop.
    const meanwhile = await fromCache(key, request, wanted, context);
    return meanwhile ?? (await buildIn(shop, request, wanted, key));
  } catch (error) {
    if (shop.isLost() && !context.signal.aborted) throw workshopLost(error);
    throw error;
  } finally {
    await shop.close();
  }
}

async function fromCache(
  key: string,
  { source, variant }: BuildRequest,
  wanted: Wanted,
  context: StageContext,
): Promise<BuiltKernel | undefined> {
  const found = await findKernel(key);
  if (found === undefined) return undefined;
  // The same texts may have been wishes then.
  await checkConfig(wanted.requests, found.config, source.folder);
  const value = await withLacks(found, wanted, source);
  return inStage(context, 'build', variant, `${source.version} ${variant}`, async () => ({
    value,
    detail: 'from the cache',
  }));
}

async function withLacks(
  kernel: BuiltKernel,
  { requests, wishes }: Wanted,
  source: KernelSource,
): Promise<BuiltKernel> {
  const own = new Map([...wishes].filter(([symbol]) => !requests.has(symbol)));
  return { ...kernel, lacks: await explainUnmet(own, kernel.config, source.folder) };
}

/** The stages of a build that is not in the cache. */
async function buildIn(
  shop: Workshop,
  request: BuildRequest,
  wanted: Wanted,
  key: string,
): Promise<BuiltKernel> {
  const { source, patch, seed, profile, variant } = request;
  const { context } = shop;
  const title = `${source.version} ${variant}`;
  let own: string | undefined;
  const layOut = async (progress: Progress): Promise<void> => {
    progress(0, null, 'laying out the source');
    own = await findObjects(seed, source.hash);
    const earlier = own === undefined ? request.chain?.earlier : undefined;
    await shop.layOut(source.folder, own ?? (earlier && cachePath('objects', earlier.key)));
    if (earlier === undefined) return;
    progress(0, null, 'looking for what has changed');
    const changed = await changedFiles(earlier.source, source.folder, context.signal);
    await renewFiles(shop.src, [...changed, ...earlier.patched]);
  };
  if (patch !== null)
    await inStage(context, 'patch', variant, patch.subject, async (progress) => {
      await layOut(progress);
      const { exact, offsets } = await applyPatch(shop.src, patch, context);
      const detail = exact ? 'applies exactly' : `applies with offsets (${offsets.join('; ')})`;
      return { value: undefined, detail };
    });
  await inStage(context, 'configure', variant, title, async (progress) => {
    if (patch === null) await layOut(progress);
    progress(0, null, `profile ${profile}`);
    const configured = { ...(await toolsOf(shop, request)), wanted };
    if (patch !== null && own !== undefined && leavesConfig(patch.files))
      if (await isConfigured(configured))
        return {
          value: undefined,
          detail: 'as base is: the patch changes nothing that decides it',
        };
    await configure(configured, context);
    const count = wanted.requests.size;
    return { value: undefined, detail: `${count} symbols of profile ${profile} hold` };
  });
  return inStage(context, 'build', variant, title, async (progress) => {
    const value = await withLacks(await compile(request, key, shop, progress), wanted, source);
    return { value, detail: value.objects === 1 ? '1 object' : `${value.objects} objects` };
  });
}

function workshopLost(cause: unknown): PatchproofError {
  return new PatchproofError({
    kind: 'infrastructure',
    code: 'workshop-lost',
    message: 'Another process took over the build folder while this build was going on.',
    remedy: 'Start the same command again, and do not clean the cache while a build runs.',
    cause,
  });
}

/** Where and with what the kernel's own make works. */
async function toolsOf(
  { src, out }: Workshop,
  { toolchain }: BuildRequest,
): Promise<Omit<ConfigureRequest, 'wanted'>> {
  const makeWords = await compilerWords(toolchain);
  return { source: src, out, arch: toolchain.arch, makeWords };
}

async function compile(
  request: BuildRequest,
  key: string,
  shop: Workshop,
  progress: Progress,
): Promise<BuiltKernel> {
  const { source, patch, profile, toolchain, variant } = request;
  const { out, context } = shop;
  const started = performance.now();
  const total = await estimate(request, shop);
  const log = path.join(shop.folder, 'build.log');
  let objects = 0;
  const words = await compilerWords(toolchain);
  const made = await execute(context, compileLine(shop, toolchain.arch, words, request.jobs), {
    logFile: log,
    onLine: (line) => {
      const object = objectOf(line);
      if (object !== undefined) progress(++objects, total, object);
    },
  });
  await shop.mustBeOurs();
  if (made.exitCode !== 0) {
    const kept = path.join(cacheRoot(), 'failures', `${key}.log`);
    await mkdir(path.dirname(kept), { recursive: true });
    await copyFile(log, kept);
    throw diagnose(
      { what: `Kernel ${source.version} ${variant}`, code: 'build-failed' },
      await readFile(log, 'utf8'),
      shop.folder,
      kept,
    );
  }
  const file = path.join(out, imageOf(toolchain.arch).file);
  await checkPacked(out, file);
  const imageHash = await hashFile(file);
  const release = await readFile(path.join(out, 'include/config/kernel.release'), 'utf8');
  const durationMs = Math.round(performance.now() - started);
  await shop.mustBeOurs();
  await storeKernel(key, out, log, file, {
    release: release.trim(),
    imageHash,
    objects,
    durationMs,
    profile,
    series: source.series,
    sourceHash: source.hash,
    patchHash: patch?.hash ?? null,
    compiler: toolchain.compiler,
  });
  await shop.mustBeOurs();
  if (patch === null || request.chain !== undefined) await storeObjects(key, out);
  const built = await findKernel(key);
  if (built === undefined) throw new Error(`kernel ${key} vanished from the cache`);
  return { ...built, cached: false, objects, durationMs };
}

/** How many objects make will compile: with a seed those that depend on a patched file, else as many as last time. */
async function estimate(request: BuildRequest, shop: Workshop): Promise<number | null> {
  const { patch, seed, profile, source, chain } = request;
  if (chain?.earlier !== undefined) return null;
  if (patch === null || seed === null) return expectedObjects(profile, source.series);
  const names = patch.files.flatMap((file) => ['-e', `/${file}`]);
  const users = await command(shop.context, 'grep', [
    '-rlF',
    '--include=.*.o.cmd',
    ...names,
    shop.out,
  ]);
  const count = users.stdout.split('\n').filter((line) => line !== '').length;
  return count === 0 ? null : count;
}
