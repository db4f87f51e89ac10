#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { program } from './program.ts';
import { bisectCodes, exitCodes } from '../errors.ts';
import { reportError } from './error.ts';

/** git takes nearly every code for a bad commit: an error of ours must end its bisection instead. */
const exitCode = (code: number): number =>
  process.argv[2] === 'bisect' && code !== 0 && code !== exitCodes.interrupted
    ? bisectCodes.stop
    : code;

// Node would exit with 1, which means "not proved".
const noVerdict = (error: unknown): never => {
  reportError(error);
  process.exit(exitCode(exitCodes.noVerdict));
};
process.on('uncaughtException', noVerdict);
process.on('unhandledRejection', noVerdict);

try {
  await program().parseAsync(process.argv);
} catch (error) {
  process.exitCode = exitCode(reportError(error));
}
