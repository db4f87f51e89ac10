// SPDX-License-Identifier: MIT
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { PatchproofError } from '../errors.ts';
import { fileError } from './file-error.ts';

/** How to run a command. */
export interface RunOptions {
  cwd?: string;
  /** Added to the runner's own environment; `undefined` removes a name. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Text for standard input; without it the command reads end of file at once. */
  input?: string;
  /** After this many milliseconds the whole process group is killed and `timedOut` is set. */
  timeoutMs?: number;
  /** Aborting kills the whole process group and sets `canceled`. */
  signal?: AbortSignal;
  /** Called for every line of either stream as it comes; with it nothing is buffered. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Every byte of both streams is also written here; the command waits when this is slow. */
  logFile?: string;
  /** What the person should do when the command is not installed. */
  missingRemedy?: string;
}

/** What became of a command. Never thrown for a non-zero status: the caller knows what a status means. */
export interface Finished {
  command: readonly string[];
  exitCode: number | null;
  signal: string | null;
  timedOut: boolean;
  canceled: boolean;
  /** Empty when `onLine` was given. */
  stdout: string;
  stderr: string;
  /** The last lines of both streams together, in order of arrival. */
  tail: readonly string[];
  durationMs: number;
}

const guardian = fileURLToPath(new URL('./guardian.sh', import.meta.url));
const tailLines = 60;

/**
 * Runs a command in a process group of its own, under the guardian: a shell that kills the
 * group when the runner dies, however it dies. This is the only module that starts processes.
 * Throws infrastructure `missing-tool`; `disk-full` or `log-failed` when the log cannot be
 * written, the command killed.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const started = performance.now();
  const tail: string[] = [];
  const log = options.logFile === undefined ? undefined : await openLog(options.logFile);
  const child = execa('/bin/sh', [guardian, command, ...args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...options.env },
    // The guardian reads fd 3 to its end: the runner's death closes it.
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'],
    ...(options.input === undefined ? {} : { input: options.input }),
    detached: true,
    reject: false,
    buffer: options.onLine === undefined,
    maxBuffer: 256 * 1024 * 1024,
    stripFinalNewline: false,
  });
  const killGroup = (): void => killGroupOf(child.pid);
  // What the command left behind in its group goes with it; otherwise it would hold the pipes open.
  child.nodeChildProcess.once('exit', killGroup);
  let timedOut = false;
  let canceled = false;
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          killGroup();
        }, options.timeoutMs);
  const onAbort = (): void => {
    canceled = true;
    killGroup();
  };
  if (options.signal?.aborted) onAbort();
  options.signal?.addEventListener('abort', onAbort, { once: true });

  const take = (line: string, stream: 'stdout' | 'stderr'): void => {
    tail.push(line);
    if (tail.length > tailLines) tail.shift();
    options.onLine?.(line, stream);
  };
  const follow = async (stream: 'stdout' | 'stderr'): Promise<void> => {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    let rest = '';
    for await (const bytes of child.iterable({ from: stream, binary: true })) {
      try {
        await log?.write(bytes);
        const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) take(line.replace(/\r$/, ''), stream);
      } catch (error) {
        // Leaving the loop waits for the command's end.
        killGroup();
        throw error;
      }
    }
    rest += decoder.decode();
    if (rest !== '') take(rest, stream);
  };
  try {
    const [result] = await Promise.all([child, follow('stdout'), follow('stderr')]);
    if (result.exitCode === 127 && /: not found|No such file/.test(tail.join('\n'))) {
      throw notInstalled(command, tail, options.missingRemedy);
    }
    return {
      command: [command, ...args],
      exitCode: result.exitCode ?? null,
      signal: result.signal ?? null,
      timedOut,
      canceled,
      stdout: typeof result.stdout === 'string' ? result.stdout : '',
      stderr: typeof result.stderr === 'string' ? result.stderr : '',
      tail,
      durationMs: performance.now() - started,
    };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
    await log?.close();
  }
}

function killGroupOf(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function notInstalled(
  command: string,
  evidence: readonly string[],
  remedy = 'Run: ./patchproof doctor',
): PatchproofError {
  return new PatchproofError({
    kind: 'infrastructure',
    code: 'missing-tool',
    message: `The command ${command} is not installed.`,
    evidence: [...evidence],
    remedy,
  });
}

/** A log that takes whole chunks; its errors are those of the person's disk. */
interface Log {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

async function openLog(file: string): Promise<Log> {
  const guarded = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw logError(file, error);
    });
  const handle: FileHandle = await guarded(open(file, 'w'));
  return {
    write: (bytes) => guarded(handle.appendFile(bytes)),
    close: () => guarded(handle.close()),
  };
}

function logError(file: string, error: unknown): PatchproofError {
  const cause = error instanceof Error ? error : new Error(String(error));
  const known = fileError(Object.assign(cause, { path: file }));
  if (known?.code === 'disk-full') return known;
  return new PatchproofError({
    kind: 'infrastructure',
    code: 'log-failed',
    message: `The log ${file} cannot be written.`,
    evidence: known === undefined ? [cause.message] : [...known.evidence],
    remedy: known?.remedy ?? 'Check the disk that holds it, then start the same command again.',
    cause,
  });
}

/**
 * Runs a command on the runner's own terminal until it ends, under the guardian and in a session of
 * its own: what it makes of the terminal does not stop it, and it goes when the runner does. The
 * terminal is put back as it was.
 */
export async function runOnTerminal(
  command: string,
  args: readonly string[],
  options: Pick<RunOptions, 'cwd' | 'env'> & { signal: AbortSignal; missingRemedy: string },
): Promise<number | null> {
  const stty = async (...words: string[]): Promise<string> =>
    (await execa('stty', words, { stdin: 'inherit', reject: false })).stdout;
  const before = process.stdin.isTTY ? await stty('-g') : '';
  const child = execa('/bin/sh', [guardian, command, ...args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...options.env },
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    detached: true,
    reject: false,
  });
  const killGroup = (): void => killGroupOf(child.pid);
  options.signal.addEventListener('abort', killGroup, { once: true });
  try {
    const { exitCode } = await child;
    if (exitCode === 127) throw notInstalled(command, [], options.missingRemedy);
    return exitCode ?? null;
  } finally {
    options.signal.removeEventListener('abort', killGroup);
    if (before !== '') await stty(before);
  }
}

/**
 * Runs a command that must not be killed half-way, because it changes the host's packages: it
 * stays in the runner's group and session, so that sudo can ask on the terminal and Ctrl-C
 * reaches it, and it outlives a killed runner. Both streams go to `logFile`. Yields the exit
 * code, or null when a signal ended it.
 */
export async function runToTheEnd(
  command: string,
  args: readonly string[],
  options: { logFile: string },
): Promise<number | null> {
  // The shell opens the file: a stream of our own would break when the runner is gone.
  const script = 'exec "$@" >>"$0" 2>&1';
  const result = await execa('/bin/sh', ['-c', script, options.logFile, command, ...args], {
    stdio: 'ignore',
    reject: false,
    cleanup: false,
  });
  return result.exitCode ?? null;
}
