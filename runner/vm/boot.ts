// SPDX-License-Identifier: MIT
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { StageContext } from '../events.ts';
import { run, type Finished } from '../host/process.ts';
import { vngArguments } from './command.ts';
import { ConsoleWatch } from './console.ts';
import { jobArchive } from './job.ts';
import type { Accelerator, BootEnd, BootResult, GuestEvent, Job } from './model.ts';
import { listenForGuest } from './port.ts';

/** One boot. */
export interface BootRequest {
  bzImage: string;
  /** The agent image of `buildImage`. */
  image: string;
  job: Job;
  accelerator: Accelerator;
  /** `boot-N` of the run directory; console.log and events.log are written here. */
  folder: string;
  variant: string;
  /** Called for every event as it comes. */
  onEvent?: (event: GuestEvent) => void;
}

/** What the agent itself may take: TERM, KILL, the last output, the counts, on a busy host. */
const testGraceMs = 30_000;
/** Between the end of one test and the start of the next, and from the end mark to power off. */
const idleMs = 60_000;
/** After a panic the trace is still being printed; virtme-ng's `panic=-1` then ends QEMU. */
const panicMs = 5_000;

/**
 * Boots a kernel under virtme-ng, runs the job and waits until the VM is gone, whatever
 * happens. The states: booting (no hello yet) -> idle <-> testing -> ended; a panic, a state
 * that takes too long, or the caller's signal ends QEMU from each of them.
 */
export async function boot(request: BootRequest, context: StageContext): Promise<BootResult> {
  const started = performance.now();
  const consoleFile = path.join(request.folder, 'console.log');
  // A UNIX socket's path has room for 107 bytes, less than a run directory may need.
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'pp-'));
  const log = createWriteStream(path.join(request.folder, 'events.log'));
  const console = new ConsoleWatch();
  const stop = new AbortController();
  const events: GuestEvent[] = [];
  let stopped: Extract<BootEnd, { kind: 'timeout' }> | null = null;
  let state: { during: 'boot' | 'test'; test: number | null } = { during: 'boot', test: null };
  let alarm: NodeJS.Timeout | undefined;
  const within = (ms: number): void => {
    clearTimeout(alarm);
    alarm = setTimeout(() => {
      stopped = { kind: 'timeout', ...state };
      stop.abort();
    }, ms);
  };

  const port = await listenForGuest(path.join(scratch, 'port'), (line, event) => {
    log.write(`${line}\n`);
    if (event === null) return;
    events.push(event);
    request.onEvent?.(event);
    if (event.type === 'test-started') {
      state = { during: 'test', test: event.test };
      within((request.job.tests[event.test]?.timeoutMs ?? 0) + testGraceMs);
    } else if (event.type !== 'output') {
      state = { during: 'test', test: null };
      within(idleMs);
    }
  });
  try {
    const initrd = path.join(scratch, 'initrd');
    await writeFile(
      initrd,
      Buffer.concat([await readFile(request.image), jobArchive(request.job)]),
    );
    within(request.job.bootTimeoutMs);
    const finished = await run(
      'vng',
      vngArguments({
        bzImage: request.bzImage,
        initrd,
        socket: port.path,
        shape: request.job.shape,
        accelerator: request.accelerator.name,
      }),
      {
        // virtme-ng shares what it finds below its working folder; ours holds nothing else.
        cwd: scratch,
        signal: AbortSignal.any([stop.signal, context.signal]),
        logFile: consoleFile,
        onLine: (line) => {
          const before = console.panicked;
          if (console.push(line) && !before) within(panicMs);
        },
        missingRemedy: 'Install virtme-ng: ./patchproof setup',
      },
    );
    clearTimeout(alarm);
    await port.drained();
    return {
      end: endOf(events, console, stopped, context.signal.aborted, finished),
      events,
      consoleFile,
      durationMs: performance.now() - started,
      accelerator: request.accelerator,
    };
  } finally {
    clearTimeout(alarm);
    await port.close();
    await new Promise<void>((done) => log.end(done));
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What the boot came to; the order is by how certain each sign is. */
function endOf(
  events: readonly GuestEvent[],
  console: ConsoleWatch,
  stopped: BootEnd | null,
  canceled: boolean,
  finished: Finished,
): BootEnd {
  if (canceled) return { kind: 'canceled' };
  if (console.panicked) return { kind: 'panic', lines: console.evidence() };
  if (events.at(-1)?.type === 'end') return { kind: 'complete' };
  if (stopped !== null) return stopped;
  const how =
    finished.signal === null ? `status ${finished.exitCode}` : `signal ${finished.signal}`;
  const last = console.evidence().at(-1) ?? 'nothing on the console';
  return {
    kind: 'vm-lost',
    detail: `vng ended with ${how} before the guest was done; its last line was: ${last}`,
  };
}
