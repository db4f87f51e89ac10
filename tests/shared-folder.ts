// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder for all test files, gone at the end. */
    shared: string;
  }
}

/** Vitest's global set-up. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(path.join(tmpdir(), 'patchproof-shared-'));
  project.provide('shared', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
