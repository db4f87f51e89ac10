#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { program } from './program.ts';
import { exitCodes } from '../errors.ts';
import { reportError } from './error.ts';

// Node would exit with 1, which means "not proved".
const noVerdict = (error: unknown): never => {
  reportError(error);
  process.exit(exitCodes.noVerdict);
};
process.on('uncaughtException', noVerdict);
process.on('unhandledRejection', noVerdict);

try {
  await program().parseAsync(process.argv);
} catch (error) {
  process.exitCode = reportError(error);
}
