// SPDX-License-Identifier: MIT
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // Two cores: more workers only fight each other for them.
    maxWorkers: 2,
    testTimeout: 20_000,
    reporters: ['default'],
  },
});
