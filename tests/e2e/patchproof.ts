// SPDX-License-Identifier: MIT
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import type { RunEvent } from '../../runner/events.ts';
import type { Verdict } from '../../runner/verdict/model.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The patches of tests/fixtures/patches. */
export function fixturePatch(name: string): string {
  return path.join(root, 'tests', 'fixtures', 'patches', `${name}.patch`);
}

/** What `./patchproof run` left. */
export interface Ended {
  status: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  folder: string;
}

/** `./patchproof run` under way. */
export interface Running {
  child: ChildProcess;
  folder: string;
  ended: Promise<Ended>;
  /** Resolves when the stream on disk holds an event that matches; rejects when the run ends without. */
  until(matches: (event: RunEvent) => boolean): Promise<void>;
}

const started = new Set<ChildProcess>();

// A test that fails half-way must not leave its run to the next one.
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  started.clear();
});

/** Starts `./patchproof run` with a run directory of its own, as a person would. */
export async function start(...args: string[]): Promise<Running> {
  const folder = path.join(await mkdtemp(path.join(os.tmpdir(), 'pp-e2e-')), 'run');
  const child = spawn(
    path.join(root, 'patchproof'),
    ['run', '--yes', '--output-dir', folder, ...args],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  started.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr, folder }));
  });
  return {
    child,
    folder,
    ended,
    until: (matches) =>
      new Promise((resolve, reject) => {
        // inotify on a file that is not there yet is more code than a look every 20 ms.
        const timer = setInterval(() => {
          if (eventsOf(folder).some(matches)) finish(resolve);
        }, 20);
        const finish = (then: () => void): void => {
          clearInterval(timer);
          then();
        };
        void ended.then((end) =>
          finish(() => reject(new Error(`the run ended first\n${end.stdout}\n${end.stderr}`))),
        );
      }),
  };
}

/**
 * `./patchproof shell` at a terminal of its own, made by script(1). Types the text once the guest
 * has greeted, as nobody listens before. Returns what was on the screen.
 */
export async function typeInto(
  cell: string,
  text: string,
): Promise<{ status: number; screen: string }> {
  const command = `${path.join(root, 'patchproof')} shell --yes --cpus 1 ${cell}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: 'pipe' });
  started.add(child);
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    const before = screen;
    screen += more;
    const greeting = 'exit switches off.';
    if (screen.includes(greeting) && !before.includes(greeting)) child.stdin.write(text);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status: status ?? -1, screen }));
  });
}

/** Runs `./patchproof run` to its end. */
export async function patchproof(...args: string[]): Promise<Ended> {
  return (await start(...args)).ended;
}

/** The complete lines of a run's event stream. */
export function eventsOf(folder: string): RunEvent[] {
  const file = path.join(folder, 'events.jsonl');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as RunEvent);
}

/** verdict.json of a run. */
export function verdictOf(folder: string): Verdict {
  return JSON.parse(readFileSync(path.join(folder, 'verdict.json'), 'utf8')) as Verdict;
}

/** The processes below a process, found through /proc, with their command lines. */
export function descendants(ancestor: number): { pid: number; command: string }[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(Number(name));
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found: { pid: number; command: string }[] = [];
  const queue = [ancestor];
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    for (const child of children.get(pid) ?? []) {
      found.push({ pid: child, command: commandOf(child) });
      queue.push(child);
    }
  }
  return found;
}

/** True while a process runs; a zombie does not. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Resolves when none of the processes runs any more; rejects after `ms`. */
export async function allGone(pids: readonly number[], ms: number): Promise<void> {
  const deadline = performance.now() + ms;
  for (;;) {
    const left = pids.filter(isRunning);
    if (left.length === 0) return;
    if (performance.now() > deadline) {
      throw new Error(`still running: ${left.map((pid) => `${pid} ${commandOf(pid)}`).join('; ')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
