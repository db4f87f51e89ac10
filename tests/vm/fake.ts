// SPDX-License-Identifier: MIT
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { hostArch } from '../../runner/host/arch.ts';
import type { BootRequest } from '../../runner/vm/boot.ts';
import type { GuestTest } from '../../runner/vm/model.ts';

/** What the fake vng does, in order; `leave` is an exit status, a signal's name or `hang`. */
export interface Step {
  console?: string;
  stderr?: string;
  /** Writes to the port, one after the other. */
  port?: readonly string[];
  leave?: number | string;
}

/** What the fake vng saw when it started. */
export interface Seen {
  pids: number[];
  cwd: string;
  args: string[];
  home: string;
  files: string[];
  initrd: string;
  kernel: string;
}

/** A temporary folder in which a scripted vng comes first on PATH. */
export class Stage {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** @param steps what vng will do; null takes vng off PATH */
  static async set(steps: readonly Step[] | null): Promise<Stage> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'fake vng, '));
    const stage = new Stage(folder);
    await mkdir(stage.file('bin'));
    await mkdir(stage.file('boot-1'));
    await mkdir(stage.file('tmp'));
    await writeFile(stage.file('kernel image'), 'the kernel');
    await writeFile(stage.file('image.cpio'), 'the image');
    if (steps !== null) {
      const vng = stage.file('bin', 'vng');
      await copyFile(fileURLToPath(new URL('fake-vng.mjs', import.meta.url)), vng);
      await chmod(vng, 0o755);
      await writeFile(stage.file('steps.json'), JSON.stringify(steps));
    }
    const node = path.dirname(process.execPath);
    const rest = steps === null ? '/nonexistent' : `${node}:${process.env['PATH'] ?? ''}`;
    vi.stubEnv('PATH', `${stage.file('bin')}:${rest}`);
    vi.stubEnv('TMPDIR', stage.file('tmp'));
    vi.stubEnv('FAKE_VNG_STEPS', stage.file('steps.json'));
    vi.stubEnv('FAKE_VNG_SEEN', stage.file('seen.json'));
    return stage;
  }

  file(...names: string[]): string {
    return path.join(this.folder, ...names);
  }

  request(tests: readonly GuestTest[] = [], bootTimeoutMs = 20_000): BootRequest {
    return {
      bzImage: this.file('kernel image'),
      image: this.file('image.cpio'),
      arch: hostArch(),
      sharedRoot: undefined,
      job: { tests, root: 'agent', shape: { cpus: 2, memory: 512 }, bootTimeoutMs },
      accelerator: { name: 'tcg', why: 'the test says so' },
      folder: this.file('boot-1'),
      variant: 'base',
    };
  }

  async read(name: 'console.log' | 'events.log'): Promise<string> {
    return readFile(this.file('boot-1', name), 'utf8');
  }

  seen(): Seen {
    return JSON.parse(readFileSync(this.file('seen.json'), 'utf8')) as Seen;
  }

  /**
   * The processes of the fake that still run after at most two seconds: SIGKILL has been sent
   * by then, but dying takes the kernel a moment.
   */
  async alive(): Promise<number[]> {
    if (!existsSync(this.file('seen.json'))) return [];
    const deadline = performance.now() + 2_000;
    let pids = this.seen().pids.filter(isRunning);
    while (pids.length > 0 && performance.now() < deadline) {
      await setTimeout(5);
      pids = pids.filter(isRunning);
    }
    return pids;
  }

  async remove(): Promise<void> {
    vi.unstubAllEnvs();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A zombie does not run; only its parent has not looked yet. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export function guestTest(timeoutMs = 20_000): GuestTest {
  return { id: 'demo:one', program: '/tests/one', args: ['-v'], cwd: '/tests', timeoutMs };
}

/** A line of the agent's stream: ASCII, as the agent writes it. */
export function line(event: object): string {
  const text = JSON.stringify({ at: 1, ...event });
  const escape = (c: string): string => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${text.replace(/[\u007f-\uffff]/g, escape)}\n`;
}

const hello = { type: 'hello', release: '6.12.0', machine: 'x86_64', cpus: 2, dropTable: null };
const finished = {
  type: 'test-finished',
  test: 0,
  exitCode: 0,
  signal: null,
  timedOut: false,
  drops: { 2: 7 },
  dropsLost: 0,
};

/** What the agent sends over one test, up to each of its lines. */
export const stream = {
  hello: line(hello),
  started: line({ type: 'test-started', test: 0 }),
  output: line({ type: 'output', test: 0, data: 'ok 1\n' }),
  finished: line(finished),
  end: line({ type: 'end' }),
} as const;
