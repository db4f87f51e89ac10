// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import type { RunEvent, RunEventBody } from '../events.ts';
import type { Attempt, CellRecord } from '../evidence/model.ts';

/** Programs of a generated cell, and tests of each. */
const programs = Array.from({ length: 4 }, (_, index) => `generated:program_${index}`);
const testsOfEach = 16;
const reasons = Array.from({ length: 90 }, (_, index) => `REASON_OF_THIS_KERNEL_${index}`);

/** A number from 0 to 1 that depends on the words alone: the same on every machine. */
export function chance(...words: readonly (string | number)[]): number {
  return createHash('sha256').update(words.join(' ')).digest().readUInt32BE(0) / 2 ** 32;
}

/**
 * The stream that a run of one cell leaves: every test fails on base and passes with the patch. The
 * durations, the consoles and the words of one test of each program are that cell's alone.
 */
export function* streamOf(index: number): Generator<RunEvent> {
  let time = 0;
  for (const body of bodiesOf(index)) yield { time: time++, ...body };
}

function* bodiesOf(index: number): Generator<RunEventBody> {
  const cell = cellOf(index);
  yield {
    type: 'run-started',
    tool: '0.0.0',
    argv: ['run'],
    host: { cpu: 'generated', cpus: '2' },
    seed: 'generated',
    startedAt: '2026-01-01T00:00:00.000Z',
  };
  yield {
    type: 'proof-loaded',
    proof: { name: 'generated', title: 'A generated proof', expectations: [], knownHarm: [] },
  };
  yield { type: 'cell-planned', cell };
  for (const variant of ['base', 'patched']) yield* sideOf(cell, variant);
  yield { type: 'run-finished' };
}

function* sideOf(cell: CellRecord, variant: string): Generator<RunEventBody> {
  const here = { cell: cell.id, variant };
  const where = { stage: 'build', ...here } as const;
  for (let done = 0; done < 200; done++)
    yield { type: 'stage-progress', where, done, total: 200, detail: `net/core/object_${done}.o` };
  yield {
    type: 'kernel-built',
    kernel: {
      ...here,
      release: cell.kernelVersion,
      imageHash: hashOf(cell.id, variant),
      key: hashOf(cell.id, variant, 'key').slice(0, 32),
      cached: false,
      objects: 200,
      durationMs: 1000,
    },
  };
  yield {
    type: 'boot-finished',
    boot: {
      ...here,
      boot: 1,
      release: cell.kernelVersion,
      accelerator: 'kvm',
      durationMs: 4000,
      end: { kind: 'complete', detail: 'powered off' },
      reasons,
      splats: [],
      quiet: { ms: 200, drops: { NOT_SPECIFIED: 1 } },
      consoleFile: `cells/${cell.id}/${variant}/boot-1/console.log`,
      consoleTail: Array.from(
        { length: 40 },
        (_, line) => `[    ${line}.000000] ${cell.id}: line ${line}`,
      ),
    },
  };
  for (const program of programs) {
    const attempt = attemptOf(cell, variant, program);
    for (const { name, outcome } of attempt.results)
      yield { type: 'test-result', where: { ...where, stage: 'test' }, name, outcome };
    yield { type: 'attempt-finished', attempt };
  }
}

function attemptOf(cell: CellRecord, variant: string, program: string): Attempt {
  const fails = variant === 'base';
  return {
    cell: cell.id,
    variant,
    program,
    attempt: 1,
    boot: 1,
    durationMs: Math.round(1000 * (1 + 20 * chance(cell.id, program))),
    exit: { exitCode: fails ? 1 : 0, signal: null, timedOut: false },
    results: Array.from({ length: testsOfEach }, (_, test) => ({
      name: `${program}/test_${test}`,
      outcome: fails ? 'fail' : 'pass',
      reason: null,
      diagnostics: fails ? [`rcv_nxt moved by ${test} B${test === 0 ? ` in ${cell.id}` : ''}`] : [],
      counters: { repair_segs: test },
    })),
    problems: [],
    drops: { NOT_SPECIFIED: 3 },
    dropsLost: 0,
  };
}

function cellOf(index: number): CellRecord {
  const kernel = `6.${index}`;
  return {
    id: `${kernel}/lean`,
    kernel,
    profile: 'lean',
    series: '6.12',
    kernelVersion: `${kernel}.1`,
    origin: 'generated',
    sourceHash: hashOf(kernel),
    candidates: [
      {
        name: 'patched',
        patch: 'generated.patch',
        subject: 'a generated patch',
        hash: hashOf('patch'),
        files: ['net/ipv4/tcp_input.c'],
        note: null,
        text: `diff --git a/x b/x\n${'+ a line of a generated patch\n'.repeat(200)}`,
      },
    ],
    programs,
  };
}

function hashOf(...words: readonly string[]): string {
  return createHash('sha256').update(words.join(' ')).digest('hex');
}
