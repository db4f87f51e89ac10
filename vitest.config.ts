// SPDX-License-Identifier: MIT
import path from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    reporters: ['default'],
    // Two cores: more workers only fight each other for them.
    maxWorkers: 2,
    // Many tests start the command; most of its time goes into reading its own modules.
    env: {
      NODE_COMPILE_CACHE: path.resolve('node_modules/.cache/patchproof'),
      // The same output on Actions as elsewhere; what is different there is tested by name.
      GITHUB_ACTIONS: '',
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/e2e/**', 'tests/mutants/**'],
          globalSetup: 'tests/pipeline/machines.ts',
          testTimeout: 20_000,
          // Modules are read once a worker, not once a file.
          isolate: false,
          // It imports JSON in a way that Node itself does not take.
          server: { deps: { inline: ['@actions/workflow-parser'] } },
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          // Real builds and real VMs, after everything cheap is green. Builds wait for each other.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'mutants',
          include: ['tests/mutants/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
