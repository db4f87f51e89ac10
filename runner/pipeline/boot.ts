// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createReadStream } from 'node:fs';
import type { StageContext, Where } from '../events.ts';
import { BootCollector } from '../evidence/collect.ts';
import type { Attempt, Splat, VariantFailure } from '../evidence/model.ts';
import { SplatScanner } from '../evidence/splats.ts';
import { LineTail } from '../evidence/tail.ts';
import type { BuiltKernel } from '../kernel/model.ts';
import type { ImageName } from '../proof/model.ts';
import { boot } from '../vm/boot.ts';
import type { Accelerator, BootEnd, BootResult, GuestTest, Shape } from '../vm/model.ts';

/** What all boots of a cell share. */
export interface BootSettings {
  /** The initramfs, and its key. */
  image: { file: string; key: string };
  accelerator: Accelerator;
  shape: Shape;
  /** What the guest's root is made of, and the folder of it; see BootRequest. */
  root: ImageName;
  sharedRoot: string | undefined;
  /** The kernels', as ARCH= has it. */
  arch: string;
  /** What the tests ask of the kernel's command line. */
  bootWords: readonly string[];
  /** The run directory: recorded paths are relative to it. */
  runFolder: string;
}

/** One boot of one variant. */
export interface BootOrder {
  variant: string;
  kernel: BuiltKernel;
  tests: readonly GuestTest[];
  /** Attempt number of each test. */
  attempts: readonly number[];
  /** Counts the variant's boots from 1. */
  boot: number;
  /** `boot-N`, made here. */
  folder: string;
}

/** What a boot gave. */
export interface Booted {
  attempts: readonly Attempt[];
  splats: readonly Splat[];
  /** Set when the boot itself went wrong; `mayRepeat` when that can be the kernel's doing. */
  failure: { facts: Omit<VariantFailure, 'times'>; mayRepeat: boolean } | null;
}

/**
 * From power on to power off. The longest a healthy guest needs to reach its agent is a few
 * seconds, some tens under emulation on a busy host; a hang must still end.
 */
const bootTimeoutMs = 180_000;

/** With KUnit's suites before the agent: kunit.py's own limit for all of them is 300 s, without emulation. */
const kunitBootTimeoutMs = 1_800_000;

/** Boots one kernel, runs the tests, and emits what they left as events. */
export async function bootOnce(
  settings: BootSettings,
  order: BootOrder,
  context: StageContext,
): Promise<Booted> {
  const where: Where = { stage: 'test', cell: context.cell, variant: order.variant };
  await mkdir(order.folder, { recursive: true });
  const started = performance.now();
  context.emit({
    type: 'stage-started',
    where,
    title: `${order.tests.length} test ${order.tests.length === 1 ? 'program' : 'programs'}, boot ${order.boot}`,
  });
  let results = 0;
  const collector = new BootCollector(
    {
      cell: context.cell,
      variant: order.variant,
      boot: order.boot,
      tests: order.tests,
      attempts: order.attempts,
    },
    (name, outcome) => {
      context.emit({ type: 'test-result', where, name, outcome });
      context.emit({ type: 'stage-progress', where, done: ++results, total: null, detail: name });
    },
  );
  const result = await boot(
    {
      bzImage: order.kernel.bzImage,
      image: settings.image.file,
      arch: settings.arch,
      sharedRoot: settings.sharedRoot,
      job: {
        tests: order.tests,
        root: settings.root,
        shape: settings.shape,
        bootWords: settings.bootWords,
        bootTimeoutMs: settings.bootWords.length === 0 ? bootTimeoutMs : kunitBootTimeoutMs,
      },
      accelerator: settings.accelerator,
      folder: order.folder,
      variant: order.variant,
      onEvent: (event) => collector.push(event),
    },
    context,
  );
  const { release, reasons, attempts, quiet } = collector.finish(result.end);
  const { splats: found, tail } = await scan(
    result.consoleFile,
    order.tests.map(({ id }) => id),
  );
  const splats = result.end.kind === 'emulator-fault' ? beforeFault(found) : found;
  context.emit({
    type: 'boot-finished',
    boot: {
      cell: context.cell,
      variant: order.variant,
      boot: order.boot,
      release,
      accelerator: result.accelerator.name,
      durationMs: Math.round(result.durationMs),
      end: { kind: result.end.kind, detail: describe(result.end) },
      reasons,
      splats,
      quiet,
      consoleFile: path.relative(settings.runFolder, result.consoleFile),
      image: settings.image.key,
      consoleTail: tail,
    },
  });
  for (const attempt of attempts) context.emit({ type: 'attempt-finished', attempt });
  const failure = failureOfBoot(result, release !== null, order, context.cell);
  const durationMs = Math.round(performance.now() - started);
  if (failure === null) {
    context.emit({ type: 'stage-finished', where, detail: `${results} results`, durationMs });
  } else {
    context.emit({ type: 'stage-failed', where, message: failure.facts.message });
  }
  return { attempts, splats, failure };
}

/** The fault is an oops of its own, and what comes after is its doing. */
function beforeFault(splats: readonly Splat[]): Splat[] {
  const fault = splats.findIndex(({ kind }) => kind === 'oops' || kind === 'panic');
  return splats.slice(0, fault === -1 ? splats.length : fault);
}

async function scan(
  file: string,
  programs: readonly string[],
): Promise<{ splats: Splat[]; tail: string[] }> {
  const scanner = new SplatScanner(programs);
  const tail = new LineTail();
  for await (const chunk of createReadStream(file, 'utf8')) {
    scanner.push(String(chunk));
    tail.push(String(chunk));
  }
  return { splats: scanner.end(), tail: tail.end() };
}

/**
 * What a boot's end means. A kernel that died or hung after it said hello has left its
 * evidence in its tests; before, it did not boot. A VM that is simply gone is the host's doing.
 */
function failureOfBoot(
  result: BootResult,
  greeted: boolean,
  order: BootOrder,
  cell: string,
): Booted['failure'] {
  const { end } = result;
  // What an emulator's fault took away is like what did not pass: the next round has it again.
  if (end.kind === 'complete' || end.kind === 'emulator-fault') return null;
  const facts = {
    cell,
    variant: order.variant,
    log: result.consoleFile,
    remedy: `Read the console: ${result.consoleFile}`,
  };
  if (end.kind === 'panic' || end.kind === 'timeout') {
    if (greeted) return null;
    return {
      facts: {
        ...facts,
        stage: 'boot',
        code: `boot-${end.kind}`,
        message: `The kernel does not boot: ${describe(end)}`,
        evidence: end.kind === 'panic' ? end.lines : [],
      },
      mayRepeat: true,
    };
  }
  return {
    facts: {
      ...facts,
      stage: 'vm',
      code: end.kind,
      message: `The virtual machine was lost: ${describe(end)}`,
      evidence: [],
    },
    mayRepeat: false,
  };
}

function describe(end: BootEnd): string {
  switch (end.kind) {
    case 'complete':
      return 'powered off';
    case 'panic':
      return end.lines[0] ?? 'it panicked';
    case 'timeout':
      return end.during === 'boot'
        ? 'it did not reach its first program in time'
        : 'a test did not end in time';
    case 'vm-lost':
    case 'emulator-fault':
      return end.detail;
    case 'canceled':
      return 'the run was stopped';
    default:
      return end satisfies never;
  }
}
