#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { program } from './program.ts';
import { reportError } from './error.ts';

try {
  await program().parseAsync(process.argv);
} catch (error) {
  process.exitCode = reportError(error);
}
