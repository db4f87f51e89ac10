// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { ConsoleWatch } from '../../runner/vm/console.ts';

function watch(lines: readonly string[]): ConsoleWatch {
  const console = new ConsoleWatch();
  for (const line of lines) console.push(line);
  return console;
}

const panic = 'Kernel panic - not syncing: oops';

describe('a panic', () => {
  it.each([
    { name: 'alone', lines: ['a', panic, 'b'], evidence: [panic, 'b'] },
    {
      name: 'after an oops',
      lines: ['a', 'BUG: kernel NULL pointer dereference', 'trace', panic],
      evidence: ['BUG: kernel NULL pointer dereference', 'trace', panic],
    },
    {
      name: 'after two: the first is the cause',
      lines: ['Oops: 0000 [#1]', 'x', 'BUG: scheduling while atomic', panic],
      evidence: ['Oops: 0000 [#1]', 'x', 'BUG: scheduling while atomic', panic],
    },
  ])('$name', ({ lines, evidence }) => {
    const console = watch(lines);
    expect(console.panicked).toBe(true);
    expect(console.evidence()).toEqual(evidence);
  });

  it('keeps at most 80 lines of what follows', () => {
    const after = Array.from({ length: 500 }, (_, index) => `line ${index}`);
    expect(watch([panic, ...after]).evidence()).toHaveLength(80);
  });

  it('is not any line with the word', () => {
    expect(watch(['Command line: panic=-1', 'kernel panic']).panicked).toBe(false);
  });
});

describe('a breakpoint', () => {
  const gone = 'Code: 8b 40 08 e8 <8a> 26 06 00';
  it.each([
    { name: 'that memory does not hold', lines: ['Oops: int3: 0000 [#1] SMP', gone], stale: true },
    { name: 'the same on 6.1', lines: ['[    9.1] int3: 0000 [#1] SMP', gone], stale: true },
    {
      name: 'that is there',
      lines: ['Oops: int3: 0000 [#1] SMP', 'Code: 8b 40 08 cc <8a> 26 06 00'],
      stale: false,
    },
    { name: 'after another oops', lines: ['BUG: x', 'Oops: int3: 0000 [#1]', gone], stale: false },
    { name: 'of another trap', lines: ['Oops: invalid opcode: 0000 [#1]', gone], stale: false },
    { name: 'of which a test speaks', lines: ['# int3: 0000 [#1]', gone], stale: false },
  ])('$name', ({ lines, stale }) => {
    expect(watch([...lines, panic]).staleBreakpoint).toBe(stale);
  });
});

it('without a panic shows the last lines, without their carriage returns', () => {
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index}\r`);
  const evidence = watch(lines).evidence();
  expect(evidence).toHaveLength(12);
  expect(evidence.at(-1)).toBe('line 99');
});

describe('who spoke', () => {
  it.each([
    ['[    0.000000] Linux version', true],
    ['[  123.456789] x', true],
    ['early console in setup code', true],
    ['SeaBIOS (version 1.16)', false],
  ])('%s: the kernel %s', (line, expected) => {
    expect(watch([line]).kernelSpoke).toBe(expected);
  });

  it('a panic that a test quotes in mid-line is none', () => {
    expect(watch(['[    1.5] test: Kernel panic - not syncing: no']).panicked).toBe(false);
    expect(watch(['[    1.5][    T1] Kernel panic - not syncing: yes']).panicked).toBe(true);
  });

  it.each([
    ['qemu-system-x86_64: terminating on signal 15 from pid 7 (sh)', true],
    ['qemu-system-x86_64: warning: TCG does not support this', false],
    ['WARNING: unable to write kernel messages', false],
  ])('%s: QEMU complains %s', (line, expected) => {
    const console = new ConsoleWatch();
    console.pushError(line);
    expect(console.complaint).toBe(expected ? line : null);
  });
});
