// SPDX-License-Identifier: MIT
import { bisectCodes, exitCodes } from '../errors.ts';
import { reportError } from './error.ts';
import { program } from './program.ts';

/**
 * Runs a command line (`process.argv`'s form) to its end and yields the exit code. What goes wrong
 * is said on stderr.
 */
export async function execute(argv: readonly string[]): Promise<number> {
  try {
    await program().parseAsync(argv);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return codeOf(reportError(error), argv);
  }
}

/** git takes nearly every code for a bad commit: an error of ours must end its bisection instead. */
export function codeOf(code: number, argv: readonly string[]): number {
  return argv[2] === 'bisect' && code !== 0 && code !== exitCodes.interrupted
    ? bisectCodes.stop
    : code;
}
