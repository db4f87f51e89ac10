// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { setEnv, temporary, write } from '../kernel/helpers.ts';
import { warmStage, type Stage } from '../pipeline/stage.ts';
import { patchproof, type Ended } from './patchproof.ts';

// A busy host may take its time.
vi.setConfig({ testTimeout: 180_000 });

const main = path.resolve(import.meta.dirname, '../../runner/cli/main.ts');

/** What the fake vng shows of its terminal. */
interface Seen {
  pid: number;
  words: string[];
  kernel: string;
  initrd: string;
}

/** `patchproof shell` with something typed. */
function shell(stage: Stage, typed: string, ...words: string[]) {
  const child = spawn(process.execPath, [main, 'shell', ...words], {
    cwd: stage.folder,
    stdio: 'pipe',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.end(typed);
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
  return { child, ended, said: () => stdout };
}

function seenIn(stdout: string): Seen {
  const seen = JSON.parse(stdout.split('\n')[0] ?? '') as Seen;
  return { ...seen, initrd: readFileSync(seen.initrd, 'latin1') };
}

async function runIn(stage: Stage, ...words: string[]): Promise<void> {
  const { status, stderr } = await patchproof(
    stage.folder,
    'run',
    stage.proof,
    '--kernel',
    stage.tree,
    ...words,
  );
  expect(status, stderr).toBe(0);
}

it("a terminal in a cell's kernel and image, whatever way the cell is named", async () => {
  const stage = warmStage();
  await runIn(stage, '--output-dir', 'patchproof-runs/2026-run');
  // An older one, in which there is no cell to choose.
  write(stage.folder, { 'patchproof-runs/2025-run/events.jsonl': '' });
  const [kernel = ''] = readdirSync(path.join(stage.folder, 'patchproof-runs/2026-run/cells'));
  const cell = `${kernel}/lean`;
  const images = readdirSync(path.join(stage.cache, 'images'));
  const image = readFileSync(
    path.join(stage.cache, 'images', images[0] ?? '', 'image.cpio'),
    'latin1',
  );
  for (const [words, isPatched] of [
    [[], true],
    [['patchproof-runs/2026-run'], true],
    [[`patchproof-runs/2026-run/cells/${cell}/base/boot-1`], false],
    [[`${cell}/base`], false],
  ] as const) {
    const { status, stdout, stderr } = await shell(stage, 'uname -r\n', ...words).ended;
    expect(status, stderr).toBe(0);
    const seen = seenIn(stdout);
    expect(seen.kernel.includes('PATCHED')).toBe(isPatched);
    expect(seen.initrd.startsWith(image)).toBe(true);
    expect(seen.initrd.slice(image.length)).toMatch(/\nconsole\n[^]*\narg \/bin\/sh\n/);
    expect(seen.initrd.slice(image.length)).not.toContain('\nroot ');
    expect(stdout).toContain('typed uname -r\n');
    expect(stderr).toContain(`patchproof: ${cell}, ${isPatched ? 'patched' : 'base'}: 6.12.7`);
  }
  const debugged = await shell(stage, '', cell, '--gdb', '--cpus', '1', '--memory', '300').ended;
  const seen = seenIn(debugged.stdout);
  expect(seen.words.at(-1)).toContain('-gdb tcp:127.0.0.1:1234');
  expect(seen.words.join(' ')).toContain('--cpus 1 --memory 300M');
  const [, vmlinux = ''] =
    /gdb (\S+) -ex 'target remote 127.0.0.1:1234'/.exec(debugged.stderr) ?? [];
  expect(existsSync(vmlinux)).toBe(true);
  const failed = await shell(stage, 'fail\n', cell).ended;
  expect(failed.status).toBe(69);
});

it('a candidate with variables of its own has them there', async () => {
  const stage = warmStage({ rule: [{}] });
  const yaml = readFileSync(path.join(stage.proof, 'proof.yaml'), 'utf8')
    .replace('tests:', `candidates:\n  rule: { environment: { VARIANT: "rule's own" } }\ntests:`)
    .replace(/ {2}drops:[\s\S]*/, '');
  write(stage.folder, { 'proof/proof.yaml': yaml });
  await patchproof(
    stage.folder,
    'run',
    stage.proof,
    '--kernel',
    stage.tree,
    '--candidate',
    'rule',
    '--output-dir',
    'run',
  );
  const { status, stdout, stderr } = await shell(stage, '', 'run').ended;
  expect(status, stderr).toBe(0);
  expect(seenIn(stdout).initrd).toContain("env VARIANT=rule's own\n");
});

it('what cannot be meant is refused with what there is', async () => {
  const stage = warmStage({ v1: [{}], v2: [{}] });
  const nothing = await patchproof(stage.folder, 'shell');
  expect(nothing).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('no run directory below') as string,
  });
  const words = ['--patch', `v1=${stage.patch('good')}`, '--patch', `v2=${stage.patch('good')}`];
  await runIn(stage, ...words, '--output-dir', 'run');
  const which = await patchproof(stage.folder, 'shell', 'run');
  expect(which.status).toBe(2);
  expect(which.stderr).toMatch(/Which variant of run\?\n +base\n +v1\n +v2\n/);
  const strange = await patchproof(stage.folder, 'shell', 'proof');
  expect(strange).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('lies in none') as string,
  });
  rmSync(path.join(stage.cache, 'kernels'), { recursive: true });
  const [kernel = ''] = readdirSync(path.join(stage.folder, 'run/cells'));
  const gone = await patchproof(stage.folder, 'shell', `run/cells/${kernel}/lean/v1`);
  expect(gone.status).toBe(69);
  expect(gone.stderr).toContain('is not in the cache of this machine');
  expect(gone.stderr).toContain(`patchproof run ${stage.proof}`);
});

it('the VM goes when patchproof does, and leaves nothing behind', async () => {
  const stage = warmStage();
  // One of its own: runs of other test files tidy up as well.
  const folder = temporary();
  setEnv('TMPDIR', folder);
  await runIn(stage, '--output-dir', 'run');
  const left = (): string[] => readdirSync(folder).filter((it) => it.startsWith('patchproof-vm-'));
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const running = spawn(process.execPath, [main, 'shell', 'run'], {
      cwd: stage.folder,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const [pid] = await new Promise<[number]>((resolve) => {
      let text = '';
      running.stdout.setEncoding('utf8').on('data', (more: string) => {
        text += more;
        if (text.includes('\n')) resolve([seenIn(text).pid]);
      });
    });
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await ended;
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), {
      timeout: 20_000,
    });
  }
  // What the killed one left goes with the next.
  expect(left()).toHaveLength(1);
  await shell(stage, '', 'run').ended;
  expect(left()).toEqual([]);
});
