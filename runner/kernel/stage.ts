// SPDX-License-Identifier: MIT
import { PatchproofError } from '../errors.ts';
import type { Stage, StageContext, Where } from '../events.ts';
import type { CommandLine } from '../host/command-line.ts';
import { run } from '../host/process.ts';
import type { Finished, RunOptions } from '../host/process.ts';

/** Reports how far a stage is; `total` is null while unknown. */
export type Progress = (done: number, total: number | null, detail: string) => void;

/**
 * Runs one stage between its stage-started and stage-finished (or stage-failed) events.
 * `work` returns its value and the few words that say what came out.
 */
export async function inStage<T>(
  context: StageContext,
  stage: Stage,
  variant: string | null,
  title: string,
  work: (progress: Progress) => Promise<{ value: T; detail: string }>,
): Promise<T> {
  const where: Where = { stage, cell: context.cell, variant };
  const started = performance.now();
  context.emit({ type: 'stage-started', where, title });
  try {
    const { value, detail } = await work((done, total, text) =>
      context.emit({ type: 'stage-progress', where, done, total, detail: text }),
    );
    context.emit({
      type: 'stage-finished',
      where,
      detail,
      durationMs: Math.round(performance.now() - started),
    });
    return value;
  } catch (caught) {
    const error = asExpected(caught);
    context.emit({
      type: 'stage-failed',
      where,
      message: error instanceof Error ? error.message : String(error),
    });
    throw error;
  }
}

const plainEnglish = { LC_ALL: 'C' };

/**
 * What kbuild and make read from the environment (Documentation/kbuild/kbuild.rst, make(1)). It
 * would change what is built without being part of its key, so none of it gets through.
 */
const steering = [
  ...['MAKEFLAGS', 'MFLAGS', 'GNUMAKEFLAGS', 'MAKEFILES', 'MAKELEVEL', 'MAKEOVERRIDES'],
  ...['KCFLAGS', 'KAFLAGS', 'KCPPFLAGS', 'KRUSTFLAGS', 'LDFLAGS_vmlinux', 'LDFLAGS_MODULE'],
  ...['CFLAGS_KERNEL', 'AFLAGS_KERNEL', 'CFLAGS_MODULE', 'CFLAGS', 'CPPFLAGS', 'LDFLAGS'],
  ...['HOSTCC', 'HOSTCFLAGS', 'HOSTCXXFLAGS', 'HOSTLDFLAGS', 'HOSTLDLIBS', 'USERCFLAGS'],
  ...['USERLDFLAGS', 'CC', 'LD', 'AR', 'NM', 'OBJCOPY', 'CROSS_COMPILE', 'LLVM', 'LLVM_IAS'],
  ...[
    'LOCALVERSION',
    'KCONFIG_CONFIG',
    'KCONFIG_ALLCONFIG',
    'KCONFIG_SEED',
    'KCONFIG_DEFCONFIG_LIST',
  ],
  ...[
    'KBUILD_OUTPUT',
    'KBUILD_EXTMOD',
    'KBUILD_VERBOSE',
    'O',
    'M',
    'V',
    'W',
    'C',
    'CF',
    'ARCH',
    'SRCARCH',
  ],
  ...[
    'CCACHE_PREFIX',
    'CCACHE_CONFIGPATH',
    'CCACHE_BASEDIR',
    'CCACHE_SLOPPINESS',
    'CCACHE_DISABLE',
  ],
];
const cleared = Object.fromEntries(steering.map((name) => [name, undefined]));

/** `unset` for a shell in which these commands are to do the same. */
export const unsetSteering: CommandLine = { program: 'unset', args: steering };

/** A command of this room as a person can give it. */
export function shown(line: CommandLine): CommandLine {
  return { ...line, env: { ...plainEnglish, ...line.env } };
}

/** `run` with the stage's signal and plain English messages; an aborted command throws `interrupted`. */
export async function command(
  context: StageContext,
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const finished = await run(program, args, {
    signal: context.signal,
    ...options,
    env: { ...cleared, ...plainEnglish, ...options.env },
  });
  if (finished.canceled) throw interrupted();
  return finished;
}

/** `command` for a line that is made elsewhere, so that it can be shown as well. */
export async function execute(
  context: StageContext,
  { program, args, cwd, env }: CommandLine,
  options: Omit<RunOptions, 'cwd' | 'env'> = {},
): Promise<Finished> {
  return command(context, program, args, {
    ...options,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
  });
}

/** Like `command`, for commands that fail only when the host does; `what` finishes "Could not ...". */
export async function mustSucceed(
  context: StageContext,
  what: string,
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const finished = await command(context, program, args, options);
  if (finished.exitCode === 0) return finished;
  if (isDiskFull(finished.tail.join('\n'))) throw diskFull(finished.tail.slice(-3));
  throw new PatchproofError({
    kind: 'infrastructure',
    code: 'command-failed',
    message: `Could not ${what}: ${program} ended with ${finished.exitCode ?? finished.signal ?? 'nothing'}.`,
    evidence: finished.tail.slice(-12),
    remedy: 'Run: ./patchproof doctor',
  });
}

/** Throws `interrupted` when Ctrl-C was pressed. */
export function checkInterrupt(signal: AbortSignal): void {
  if (signal.aborted) throw interrupted();
}

/** What a stage throws after Ctrl-C. */
export function interrupted(): PatchproofError {
  return new PatchproofError({
    kind: 'interrupted',
    code: 'interrupted',
    message: 'Interrupted.',
    remedy: 'Start the same command again; finished stages come from the cache.',
  });
}

/** Whether a text speaks of a full disk or quota. */
export function isDiskFull(text: string): boolean {
  return /No space left on device|Disk quota exceeded/.test(text);
}

/** No room left where the cache is. */
export function diskFull(evidence: readonly string[]): PatchproofError {
  return new PatchproofError({
    kind: 'infrastructure',
    code: 'disk-full',
    message: 'The disk that holds the cache is full.',
    evidence: [...evidence],
    remedy:
      'Free some space, or set PATCHPROOF_CACHE_DIR to a folder on a larger disk (about 4 GB a kernel).',
  });
}

/** File-system errors of our own copies that have a name of their own. */
function asExpected(error: unknown): unknown {
  if (error instanceof PatchproofError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull([(error as Error).message]);
  return error;
}
