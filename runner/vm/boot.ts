// SPDX-License-Identifier: MIT
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import type { StageContext } from '../events.ts';
import { run } from '../host/process.ts';
import type { Finished } from '../host/process.ts';
import { launchFiles, vngArguments, vngLine } from './command.ts';
import { ConsoleWatch } from './console.ts';
import { GuestEventReader } from './guest-events.ts';
import { jobArchive } from './job.ts';
import { makeLaunchFolder, removeLaunchFolder } from './launch-folder.ts';
import type { Accelerator, BootEnd, BootResult, GuestEvent, Job } from './model.ts';
import { listenForGuest } from './port.ts';
import type { GuestPort } from './port.ts';

/** One boot. */
export interface BootRequest {
  bzImage: string;
  /** The agent image of `buildImage`. */
  image: string;
  /** The kernel's, as ARCH= has it. */
  arch: string;
  /** The folder that is the root of `job.root`; undefined where that is the host's or the image's. */
  sharedRoot: string | undefined;
  job: Job;
  accelerator: Accelerator;
  /** `boot-N` of the run directory; console.log and events.log are written here. */
  folder: string;
  variant: string;
  /** Called for every event as it comes. */
  onEvent?: (event: GuestEvent) => void;
}

/** How long the states of a boot may last, in ms. */
export interface Patience {
  /** Beyond a test's own time: the agent's TERM, KILL, last output and counts, on a busy host. */
  testGrace: number;
  /** Between the end of one test and the start of the next. */
  idle: number;
  /** From the end mark until QEMU is gone. */
  powerOff: number;
  /** From a panic until QEMU is gone: `panic=-1` resets when the trace has been printed. */
  panic: number;
}

const patience: Patience = { testGrace: 30_000, idle: 60_000, powerOff: 30_000, panic: 5_000 };

/**
 * Boots a kernel under virtme-ng, runs the job and waits until the VM is gone, whatever
 * happens. The states: booting (no hello yet) -> idle <-> testing -> ended; a panic, a state
 * that takes too long, or the caller's signal ends QEMU from each of them.
 */
export async function boot(
  request: BootRequest,
  context: StageContext,
  limits: Patience = patience,
): Promise<BootResult> {
  const started = performance.now();
  const consoleFile = path.join(request.folder, 'console.log');
  const watch = new ConsoleWatch();
  const reader = new GuestEventReader();
  const stop = new AbortController();
  const events: GuestEvent[] = [];
  let place: { during: 'boot' | 'test'; test: number | null } = { during: 'boot', test: null };
  let timeout: BootEnd | null = null;
  let unreadable: string | null = null;
  let alarm: NodeJS.Timeout | undefined;
  const within = (ms: number): void => {
    clearTimeout(alarm);
    alarm = setTimeout(() => {
      timeout = { kind: 'timeout', ...place };
      stop.abort();
    }, ms);
  };
  const onEvent = (event: GuestEvent): void => {
    events.push(event);
    request.onEvent?.(event);
    // After a panic, events that were still on their way must not put its alarm off.
    if (watch.panicked || event.type === 'output') return;
    if (event.type === 'test-started') {
      place = { during: 'test', test: event.test };
      within((request.job.tests[event.test]?.timeoutMs ?? 0) + limits.testGrace);
    } else {
      if (event.type === 'test-finished') place = { during: 'test', test: null };
      if (event.type === 'hello') place = { during: 'test', test: null };
      if (place.test === null) within(event.type === 'end' ? limits.powerOff : limits.idle);
    }
  };

  const log = createWriteStream(path.join(request.folder, 'events.log'));
  let logError: Error | null = null;
  log.on('error', (error) => {
    logError = error;
    stop.abort();
  });
  let folder: string | undefined;
  let port: GuestPort | undefined;
  try {
    folder = await makeLaunchFolder(request, jobArchive(request.job));
    port = await listenForGuest(folder, launchFiles.port, (line) => {
      log.write(`${line}\n`);
      const read = reader.read(line);
      if (read === null) {
        unreadable ??= line;
        stop.abort();
      } else if (unreadable === null) read.forEach(onEvent);
    });
    within(request.job.bootTimeoutMs);
    const { program, args, cwd, env } = vngLine(
      folder,
      vngArguments({
        arch: request.arch,
        accelerator: request.accelerator.name,
        shape: request.job.shape,
        hasRoot: request.sharedRoot !== undefined,
        bootWords: request.job.bootWords ?? [],
      }),
    );
    const finished = await run(program, args, {
      cwd,
      env,
      signal: AbortSignal.any([stop.signal, context.signal]),
      logFile: consoleFile,
      onLine: (line, stream) => {
        const before = watch.panicked;
        if (stream === 'stdout') watch.push(line);
        else watch.pushError(line);
        if (watch.panicked && !before) within(limits.panic);
      },
      missingRemedy: 'Install virtme-ng: ./patchproof doctor',
    });
    clearTimeout(alarm);
    await port.drained();
    if (logError !== null) throw cannotWrite(request.folder, logError);
    return {
      end: context.signal.aborted
        ? { kind: 'canceled' }
        : endOf(request.accelerator.name, events, watch, timeout, unreadable, finished),
      events,
      consoleFile,
      durationMs: performance.now() - started,
      accelerator: request.accelerator,
    };
  } finally {
    clearTimeout(alarm);
    await port?.close();
    await new Promise<void>((done) => log.end(() => done()));
    if (folder !== undefined) await removeLaunchFolder(folder);
  }
}

/** What the boot came to; the order is by how certain each sign is. */
function endOf(
  accelerator: Accelerator['name'],
  events: readonly GuestEvent[],
  watch: ConsoleWatch,
  timeout: BootEnd | null,
  unreadable: string | null,
  finished: Finished,
): BootEnd {
  const evidence = watch.evidence();
  if (unreadable !== null) {
    const line = unreadable.slice(0, 200);
    return { kind: 'vm-lost', detail: `the agent's stream holds what is no event: ${line}` };
  }
  if (watch.panicked && watch.staleBreakpoint && accelerator === 'tcg') {
    return {
      kind: 'emulator-fault',
      detail: 'QEMU (TCG) ran a breakpoint that was no longer in the guest’s memory',
    };
  }
  if (watch.panicked) return { kind: 'panic', lines: evidence };
  if (events.at(-1)?.type === 'end') return { kind: 'complete' };
  if (watch.agentFatal !== null) {
    return { kind: 'vm-lost', detail: `the guest agent gave up: ${watch.agentFatal}` };
  }
  if (timeout !== null) return timeout;
  if (finished.exitCode === 0 && watch.complaint === null && watch.kernelSpoke) {
    // QEMU went by itself and content: the guest switched it off, and not at the agent's wish.
    return {
      kind: 'panic',
      lines: ['The guest reset or switched itself off without a panic, after:', ...evidence],
    };
  }
  const how =
    finished.signal === null ? `status ${finished.exitCode}` : `signal ${finished.signal}`;
  const last = watch.complaint ?? evidence.at(-1) ?? finished.tail.at(-1) ?? 'nothing at all';
  return {
    kind: 'vm-lost',
    detail: `vng ended with ${how} before the guest was done; the last that was said: ${last}`,
  };
}

function cannotWrite(folder: string, cause: Error): PatchproofError {
  return new PatchproofError({
    kind: 'infrastructure',
    code: 'run-directory',
    message: `The guest's events cannot be written to ${folder}.`,
    evidence: [cause.message],
    remedy: 'Make room there, or choose another place with --output-dir.',
    cause,
  });
}
