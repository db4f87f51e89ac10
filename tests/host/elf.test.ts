// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { isStatic } from '../../runner/host/elf.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'pp-elf-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const compiled = (...flags: string[]): Buffer => {
  const file = path.join(folder, 'program');
  const input = 'int main(void) { return 0; }\n';
  execFileSync('gcc', ['-xc', '-', '-o', file, ...flags], { input });
  return readFileSync(file);
};

it('tells a static program from a dynamic one', () => {
  expect(isStatic(compiled('-static'))).toBe(true);
  expect(isStatic(compiled())).toBe(false);
});

it('takes no script and no torso for a program', () => {
  expect(isStatic(Buffer.from('#!/bin/sh\nexit 0\n'))).toBe(false);
  expect(isStatic(compiled('-static').subarray(0, 63))).toBe(false);
  expect(isStatic(compiled('-static').subarray(0, 100))).toBe(false);
});
