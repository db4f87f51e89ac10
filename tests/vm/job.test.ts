// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { jobText } from '../../runner/vm/job.ts';
import type { GuestTest, Job } from '../../runner/vm/model.ts';
import { guestTest } from './fake.ts';

function job(...tests: Partial<GuestTest>[]): Job {
  return {
    tests: tests.map((test) => ({ ...guestTest(1500), ...test })),
    root: 'agent',
    shape: { cpus: 1, memory: 256 },
    bootTimeoutMs: 1,
  };
}

describe('the job as the agent reads it', () => {
  it('has one block a test', () => {
    expect(
      jobText(
        job({ environment: { A: 'b c', D: '' } }, { args: ['a b', '', ' c'], timeoutMs: 0.2 }),
      ),
    ).toBe(
      `patchproof-job 1
quiet_ms 200
timeout_ms 1500
cwd /tests
env A=b c
env D=
arg /tests/one
arg -v
run
timeout_ms 1
cwd /tests
arg /tests/one
arg a b
arg 
arg  c
run
`,
    );
  });

  it.each([
    { name: 'a line break in a word', test: { args: ['a\nrun'] } },
    { name: 'a NUL in a path', test: { program: '/tests/a\0b' } },
    { name: 'a line break in the folder', test: { cwd: '/a\nrun' } },
    { name: 'a line break in a variable', test: { environment: { A: 'b\nrun' } } },
    { name: 'too many words', test: { args: Array.from({ length: 1024 }, () => 'x') } },
  ])('cannot hold $name', ({ test }) => {
    expect(() => jobText(job(test))).toThrow(/cannot hold|more than 1024/);
  });
});
