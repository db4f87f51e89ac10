// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { run } from '../../runner/host/process.ts';
import { failure, temporary } from '../kernel/helpers.ts';

const sh = (script: string, options: Parameters<typeof run>[2] = {}): ReturnType<typeof run> =>
  run('sh', ['-c', script], options);

/** Whether a process runs; a zombie that nobody has reaped yet does not. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const gone = (pid: number): Promise<void> =>
  vi.waitFor(() => expect(runs(pid)).toBe(false), { timeout: 5000, interval: 20 });

it('tells status, signal, both streams and the last lines', async () => {
  const ended = await sh('echo out; echo err >&2; exit 7');
  expect(ended).toMatchObject({ exitCode: 7, timedOut: false, canceled: false });
  expect([ended.stdout, ended.stderr]).toEqual(['out\n', 'err\n']);
  expect(ended.tail.toSorted()).toEqual(['err', 'out']);
});

it('gives the command its input, or the end of file at once', async () => {
  expect((await run('cat', [], { input: 'words' })).stdout).toBe('words');
  expect((await run('cat', [])).stdout).toBe('');
});

it('hands out lines without their ends, whole characters, and the rest without a newline', async () => {
  const lines: string[] = [];
  const script = String.raw`printf 'one\r\n\ntw\303'; sleep 0.1; printf '\266\nrest'`;
  const ended = await sh(script, { onLine: (line) => lines.push(line) });
  expect(lines).toEqual(['one', '', 'twö', 'rest']);
  expect(ended.tail).toEqual(lines);
  expect(ended.stdout).toBe('');
});

it('logs every byte as it came, also what is no text', async () => {
  const logFile = path.join(temporary(), 'log');
  await sh(String.raw`printf '\357\273\277a\r\n\377\000\033[0mb'`, { logFile });
  expect(readFileSync(logFile, 'latin1')).toBe('\u00ef\u00bb\u00bfa\r\n\u00ff\0\u001b[0mb');
});

it('a log without room kills the command: disk-full, not an uncaught error', async () => {
  const error = await failure(sh('echo $$; echo much; sleep 600', { logFile: '/dev/full' }));
  expect({ code: error.code, exit: error.exitCode }).toEqual({ code: 'disk-full', exit: 69 });
  expect(error.evidence.join('\n')).toContain('ENOSPC');
});

it('a log that cannot be made starts nothing: log-failed', async () => {
  const folder = temporary();
  const made = path.join(folder, 'made');
  const logFile = path.join(folder, 'none', 'log');
  const error = await failure(run('touch', [made], { logFile }));
  expect({ code: error.code, exit: error.exitCode }).toEqual({ code: 'log-failed', exit: 69 });
  expect(error.message).toContain(logFile);
  expect(existsSync(made)).toBe(false);
});

it('a listener that throws ends the command', async () => {
  const listening = sh('echo one; sleep 600', {
    onLine: () => {
      throw new Error('not this line');
    },
  });
  await expect(listening).rejects.toThrow('not this line');
});

it('a timeout kills the whole group', async () => {
  const pids: number[] = [];
  const ended = await sh('sleep 600 & echo $!; echo $$; wait', {
    timeoutMs: 300,
    onLine: (line) => pids.push(Number(line)),
  });
  expect(ended).toMatchObject({ timedOut: true, canceled: false, signal: 'SIGKILL' });
  expect(pids).toHaveLength(2);
  for (const pid of pids) await gone(pid);
});

it('an abort kills the whole group, at once also when it came before', async () => {
  const controller = new AbortController();
  const pids: number[] = [];
  const ended = await sh('sleep 600 & echo $!; wait', {
    signal: controller.signal,
    onLine: (line) => {
      pids.push(Number(line));
      controller.abort();
    },
  });
  expect(ended).toMatchObject({ canceled: true, timedOut: false });
  expect(pids).toHaveLength(1);
  await gone(pids[0] ?? 0);
  expect(await sh('sleep 600', { signal: controller.signal })).toMatchObject({ canceled: true });
});

it('what a command leaves behind in its group dies with it', async () => {
  const ended = await sh('sleep 600 & echo $!');
  expect(ended.exitCode).toBe(0);
  expect(ended.durationMs).toBeLessThan(10_000);
  await gone(Number(ended.stdout));
});

it('a missing tool is named, with the remedy that was given', async () => {
  const error = await failure(run('no-such-tool', [], { missingRemedy: 'Install it.' }));
  expect(error).toMatchObject({ code: 'missing-tool', exitCode: 69, remedy: 'Install it.' });
  expect(error.message).toContain('no-such-tool');
  expect(await sh('exit 127')).toMatchObject({ exitCode: 127 });
});

it('SIGKILL of the runner kills the group', async () => {
  const module = fileURLToPath(new URL('../../runner/host/process.ts', import.meta.url));
  const script = path.join(temporary(), 'runner.mts');
  writeFileSync(
    script,
    `import { run } from ${JSON.stringify(module)};
     await run('sh', ['-c', 'sleep 600 & echo $!; echo $$; wait'], { onLine: (l) => console.log(l) });`,
  );
  const runner = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pids: number[] = [];
  for await (const line of createInterface(runner.stdout)) {
    pids.push(Number(line));
    if (pids.length === 2) break;
  }
  expect(pids.map(runs)).toEqual([true, true]);
  const ended = once(runner, 'exit');
  runner.kill('SIGKILL');
  await ended;
  for (const pid of pids) await gone(pid);
});
