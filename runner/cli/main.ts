#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { exitCodes } from '../errors.ts';
import { reportError } from './error.ts';
import { codeOf, execute } from './execute.ts';

// Node would exit with 1, which means "not proved".
const noVerdict = (error: unknown): never => {
  reportError(error);
  process.exit(codeOf(exitCodes.noVerdict, process.argv));
};
process.on('uncaughtException', noVerdict);
process.on('unhandledRejection', noVerdict);

process.exitCode = await execute(process.argv);
