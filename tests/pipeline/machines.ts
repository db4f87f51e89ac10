// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder for all test files, gone at the end. */
    shared: string;
    /** Where scripted machines come from `new` into `inbox`, see shared.ts. */
    machines: string;
  }
}

const program = fileURLToPath(new URL('./fake-machines.ts', import.meta.url));

/** Vitest's global set-up: what the stages of all test files share. */
export default function setup(project: TestProject): () => Promise<void> {
  const shared = mkdtempSync(path.join(tmpdir(), 'patchproof-shared-'));
  const machines = path.join(shared, 'machines');
  for (const name of ['new', 'inbox']) mkdirSync(path.join(machines, name), { recursive: true });
  project.provide('shared', shared);
  project.provide('machines', machines);
  // Ends with its standard input, however vitest ends.
  const child = spawn(process.execPath, [program, path.join(machines, 'inbox')], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const died = (code: number | null): never => {
    process.stderr.write(`fake-machines.ts ended with ${code}: tests that boot would hang\n`);
    process.exit(1);
  };
  child.once('exit', died);
  return async () => {
    child.off('exit', died);
    child.stdin.end();
    await ended;
    rmSync(shared, { recursive: true, force: true });
  };
}
