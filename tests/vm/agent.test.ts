// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobText } from '../../runner/vm/job.ts';

const agent = fileURLToPath(new URL('../../vm-images/agent', import.meta.url));
const harness = fileURLToPath(new URL('agent-harness.c', import.meta.url));
const warnings = ['-Wall', '-Wextra', '-Werror', '-O2'];
const folder = mkdtempSync(path.join(os.tmpdir(), 'agent-'));

beforeAll(() => {
  const files = [harness, path.join(agent, 'file.c')];
  const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover'];
  const output = path.join(folder, 'harness');
  execFileSync('gcc', [...warnings, ...sanitizers, '-I', agent, '-o', output, ...files]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(what: 'job' | 'reasons' | 'hist', text: string): string {
  const file = path.join(folder, 'input');
  writeFileSync(file, text);
  // What was read lives until the agent powers off; that is no leak.
  const env = { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' };
  return execFileSync(path.join(folder, 'harness'), [what, file], { encoding: 'utf8', env });
}

it('compiles without a warning', () => {
  const out = path.join(folder, 'init');
  const command = `exec gcc -static ${warnings.join(' ')} -o "$0" "$1"/*.c 2>&1`;
  expect(execFileSync('sh', ['-c', command, out, agent], { encoding: 'utf8' })).toBe('');
});

describe('the job', () => {
  it('arrives as the host wrote it', () => {
    const one = { id: 'a', program: '/tests/a b', args: ['', '-x y'], cwd: '/', timeoutMs: 7 };
    const environment = { BLOCK: 'nft first', EMPTY: '' };
    const many = {
      ...one,
      environment,
      program: '/x',
      args: Array.from({ length: 1023 }, () => 'w'),
      cwd: '/t',
    };
    const text = jobText({ tests: [one, many], root: 'agent' });
    expect(read('job', text)).toBe(
      `quiet 200\ntest 7 / [/tests/a b] [] [-x y]\ntest 7 /t {BLOCK=nft first} {EMPTY=} [/x]${' [w]'.repeat(1023)}\n`,
    );
  });

  it('asks for a shared root by the tag of its export, and for the console, where that is wanted', () => {
    const test = { id: 'a', program: '/a', args: [], cwd: '/', timeoutMs: 7 };
    const tests = [test];
    const rest = 'quiet 200\ntest 7 / [/a]\n';
    for (const [root, tag] of [
      ['host', '/dev/root'],
      ['debian', 'patchproof.root'],
    ] as const)
      expect(read('job', jobText({ tests, root }))).toBe(`root ${tag}\n${rest}`);
    expect(read('job', jobText({ tests, root: 'agent' }))).toBe(rest);
    const shell = jobText({ tests, root: 'agent', console: true });
    expect(read('job', shell)).toBe(`console\n${rest}`);
  });

  const head = 'patchproof-job 1\n';
  const test = 'timeout_ms 1\ncwd /\narg /a\n';
  it.each([
    { name: 'an empty file', text: '', line: 1 },
    { name: 'another version', text: 'patchproof-job 2\n', line: 1 },
    { name: 'an unknown word', text: `${head}nice 1\n`, line: 2 },
    { name: 'a test cut off', text: `${head}${test}`, line: 5 },
    { name: 'a line cut off', text: `${head}${test}ru`, line: 5 },
    { name: 'no program', text: `${head}timeout_ms 1\ncwd /\nrun\n`, line: 4 },
    { name: 'no folder', text: `${head}timeout_ms 1\narg /a\nrun\n`, line: 4 },
    { name: 'no time', text: `${head}cwd /\narg /a\nrun\n`, line: 4 },
    { name: 'a time that is no number', text: `${head}timeout_ms 1x\n`, line: 2 },
    { name: 'a root without a name', text: `${head}root \n`, line: 2 },
    { name: 'a console with a name', text: `${head}console ttyS0\n`, line: 2 },
    { name: 'a negative time', text: `${head}timeout_ms -1\n`, line: 2 },
    { name: 'a variable without a name', text: `${head}env =x\n`, line: 2 },
    { name: 'a variable without a value', text: `${head}env X\n`, line: 2 },
    { name: 'a variable too many', text: `${head}${'env X=1\n'.repeat(33)}`, line: 34 },
    { name: 'a word too many', text: `${head}${test}${'arg x\n'.repeat(1024)}run\n`, line: 1028 },
  ])('with $name is refused as a whole, by its line', ({ text, line }) => {
    expect(read('job', text)).toBe(`error ${line}\n`);
  });
});

describe('the drop table', () => {
  it.each([
    {
      kernel: '6.1',
      text: 'print fmt: "protocol=%u location=%p reason: %s", REC->protocol, REC->location, __print_symbolic(REC->reason, { 2, "NOT_SPECIFIED" }, { 3, "NO_SOCKET" })\n',
    },
    {
      kernel: '6.12',
      text: 'print fmt: "rx_sk=%p location=%pS reason: %s", REC->rx_sk, (void *)REC->location, __print_symbolic(REC->reason, { 2, "NOT_SPECIFIED" }, { 3, "NO_SOCKET" })\n',
    },
    {
      kernel: 'one with long names',
      text: '{ 0x2, "SKB_DROP_REASON_NOT_SPECIFIED" }, {3,"NO_SOCKET"}',
    },
  ])('of $kernel', ({ text }) => {
    expect(read('reasons', text)).toBe('2 NOT_SPECIFIED\n3 NO_SOCKET\n');
  });

  it.each(['', '{', '{ 1', '{ 1, "', '{ SKB_DROP_REASON_X, "X" }', 'no braces'])(
    'is empty for %j',
    (text) => {
      expect(read('reasons', text)).toBe('');
    },
  );
});

describe('a histogram', () => {
  const hist = (body: string, hits: number, entries: number, dropped: number): string =>
    `# event histogram\n#\n# trigger info: hist:keys=reason,common_cpu,common_flags:vals=hitcount:sort=hitcount:size=4096 [paused]\n#\n\n${body}\nTotals:\n    Hits: ${hits}\n    Entries: ${entries}\n    Dropped: ${dropped}\n`;
  const line = (reason: number, cpu: number, flags: number, count: number): string =>
    `{ reason: ${reason}, common_cpu: ${cpu}, common_flags: ${flags} } hitcount: ${count}\n`;
  const two = line(3, 0, 0, 7) + line(196609, 1, 16, 4294967296);

  it.each([
    {
      name: 'with counts',
      text: hist(two, 4294967303, 2, 0),
      out: '3 7\n196609 4294967296\nlost 0\n',
    },
    {
      name: 'with a reason on both CPUs and in an interrupt',
      text: hist(
        line(3, 0, 0, 7) + line(9, 0, 0, 1) + line(3, 1, 0, 20) + line(3, 1, 16, 100),
        128,
        4,
        0,
      ),
      out: '3 127\n9 1\nlost 0\n',
    },
    { name: 'without', text: hist('', 0, 0, 0), out: 'lost 0\n' },
    {
      name: 'that had no room',
      text: hist(two, 4294967303, 2, 5),
      out: '3 7\n196609 4294967296\nlost 5\n',
    },
    { name: 'that does not add up', text: hist(two, 8, 2, 0), out: 'error\n' },
    { name: 'with a line missing', text: hist(two, 4294967303, 3, 0), out: 'error\n' },
    { name: 'cut off before its totals', text: two, out: 'error\n' },
    { name: 'that is empty', text: '', out: 'error\n' },
  ])('$name', ({ text, out }) => {
    expect(read('hist', text)).toBe(out);
  });
});
