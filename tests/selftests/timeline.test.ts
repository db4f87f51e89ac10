// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseTimeline, readTimelineLine } from '../../runner/evidence/timeline.ts';

// A compiler on a busy host.
vi.setConfig({ hookTimeout: 60_000 });

const library = fileURLToPath(new URL('../../selftests/tcp_repair/lib', import.meta.url));
const harness = fileURLToPath(new URL('timeline-harness.c', import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'timeline-'));
const program = path.join(folder, 'harness');

beforeAll(() => {
  const flags = ['-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE', '-fsanitize=address,undefined'];
  const files = [harness, path.join(library, 'timeline_print.c')];
  execFileSync('gcc', [...flags, '-fno-sanitize-recover', '-I', library, '-o', program, ...files]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const port = 39304;

/** The lines that are printed for a trace, each checked to be one that the runner takes. */
function timeline(trace: readonly string[], full = 0): string[] {
  const args = [String(port), String(full)];
  const out = execFileSync(program, args, { input: `${trace.join('\n')}\n`, encoding: 'utf8' });
  return out
    .trimEnd()
    .split('\n')
    .map((it) => readTimelineLine(it) ?? `not a line: ${it}`);
}

const isn = 4294966296;
const wrapped = (offset: number): number => (isn + offset) % 2 ** 32;
const at = (ms: number, cpu = 0): string =>
  `    a [x] b: 1-57      [00${cpu}] b.s2.    10.${String(Math.round(ms * 1000)).padStart(6, '0')}: `;
const probe = (name: string, sk: string, own: number, skb: string, from: number, to: number) =>
  `${name}: (f+0x0/0xb80) sk=0x${sk} dport=0x9988 lport=${own} skb=0x${skb} seq=${from} end=${to}`;

const sent = (ms: number, from: number, to: number, cpu = 0): string =>
  `${at(ms, cpu)}${probe('sent', 'ff01', port, 'aa01', wrapped(from), wrapped(to))} ack=7000`;
const got = (ms: number, from: number, to: number, { sk = 'ff02', skb = 'aa02', cpu = 0 } = {}) =>
  `${at(ms, cpu)}${probe('got4', sk, 40000, skb, wrapped(from), wrapped(to))}`;
const ack = (ms: number, upTo: number, sk = 'ff02'): string =>
  `${at(ms)}${probe('sent', sk, 40000, 'aa03', 7000, 7000)} ack=${wrapped(upTo)}`;
const drop = (ms: number, skb: string, reason: string, cpu = 0): string =>
  `${at(ms, cpu)}kfree_skb: skbaddr=00000000${skb} rx_sk=00 protocol=2048 location=f+0x1/0x2 reason: ${reason}`;
const mark = (ms: number, word: string): string => `${at(ms)}tracing_mark_write: ${word}`;

it('tells who sent, took in, dropped and acknowledged which bytes, also where the numbers wrap', () => {
  const lines = timeline([
    '# tracer: nop',
    sent(0, 0, 1000),
    got(1, 0, 1000),
    ack(2, 1000),
    mark(3, 'frozen'),
    sent(4, 1000, 2000),
    got(5, 1000, 2000),
    drop(6, 'aa02', 'SOCKET_REPAIR'),
    mark(7, 'restored'),
    got(8, 1000, 2000, { sk: 'ff03' }),
    ack(9, 2000, 'ff03'),
    ack(10, 2000, 'ff03'),
  ]);
  expect(lines).toEqual([
    '0.000 peer sent 0+1000',
    '1.000 source queued 0+1000',
    '2.000 source acked 0+1000',
    '3.000 mark frozen',
    '4.000 peer sent 1000+1000',
    '5.000 source dropped 1000+1000 SOCKET_REPAIR',
    '7.000 mark restored',
    '8.000 target queued 1000+1000',
    '9.000 target acked 1000+1000',
    'end, 0 left out',
  ]);
  expect(parseTimeline(lines)?.isWhole).toBe(true);
});

it('takes a drop for that of the latest segment of its CPU, if it is the same packet', () => {
  const lines = timeline([
    drop(0, 'aa02', 'NO_SOCKET'),
    sent(1, 0, 1000),
    got(2, 0, 1000),
    got(3, 1000, 2000, { skb: 'aa05', cpu: 1 }),
    drop(4, 'aa05', 'TCP_OLD_DATA', 1),
    // The place in memory of the first, long taken in, and another packet's by now.
    got(5, 2000, 3000, { skb: 'aa06' }),
    drop(6, 'aa02', 'OTHERHOST'),
    // An empty segment that is freed without a reason is nothing to tell.
    got(7, 3000, 3000, { skb: 'aa07' }),
    drop(8, 'aa07', 'NOT_SPECIFIED'),
  ]);
  expect(lines).toEqual([
    '0.000 peer sent 0+1000',
    '1.000 source queued 0+1000',
    '2.000 source dropped 1000+1000 TCP_OLD_DATA',
    '4.000 source queued 2000+1000',
    'end, 0 left out',
  ]);
});

it('merges what follows closely only when there is too much, and never across a mark', () => {
  const many = (from: number): string[] =>
    Array.from({ length: 300 }, (_, n) => sent(from + n / 100, (from * 100 + n) * 10, (from * 100 + n + 1) * 10));
  const lines = timeline([...many(0), mark(3, 'frozen'), ...many(3)]);
  expect(lines).toEqual([
    '0.000 peer sent 0+3000 until 2.990 in 300',
    '3.000 mark frozen',
    '3.000 peer sent 3000+3000 until 5.990 in 300',
    'end, 0 left out',
  ]);
});

it('is bounded, and says how much it lacks', () => {
  const scattered = Array.from({ length: 450 }, (_, n) => sent(n, n * 100, n * 100 + 10));
  const lines = timeline(scattered);
  expect(lines).toHaveLength(401);
  expect(lines.at(-1)).toBe('end, 50 left out');
});

it('ends where the first buffer was full', () => {
  const lines = timeline(
    [sent(0, 0, 10), sent(1, 10, 20, 1), sent(2, 20, 30, 1), sent(3, 30, 40)],
    0b10,
  );
  expect(lines.slice(2)).toEqual([
    '2.000 peer sent 20+10',
    'end, 0 left out, and what came after the buffers were full',
  ]);
});

it('is none where the numbers make no sense, and empty without a trace', () => {
  expect(timeline([sent(0, 0, 10), got(1, 5000, 5010)])).toEqual([
    'none, sequence numbers cannot be read on this kernel',
  ]);
  expect(timeline([])).toEqual(['end, 0 left out']);
});
