// SPDX-License-Identifier: MIT
import { CommanderError } from 'commander';
import { PatchproofError, exitCodes } from '../errors.ts';
import { fileError } from '../host/file-error.ts';
import { shielded } from '../report/shield.ts';
import { plainText } from '../report/text.ts';

/** One paragraph: what failed, the evidence, where the rest is, what to do. */
export function formatError(error: PatchproofError): string {
  const lines = [`patchproof: ${error.message}`];
  for (const line of error.evidence) lines.push(`    ${line}`);
  if (error.log !== undefined) lines.push(`  log: ${error.log}`);
  lines.push(`  ${error.remedy}`);
  return plainText(lines.join('\n'));
}

/** Prints an error on stderr and says which exit code it stands for. */
export function reportError(thrown: unknown): number {
  const error = fileError(thrown) ?? thrown;
  // commander has printed what was wrong; asking for help is no error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (error instanceof PatchproofError) {
    process.stderr.write(shielded(`${formatError(error)}\n`));
    return error.exitCode;
  }
  const stack = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`patchproof: a bug in patchproof, not a verdict:\n${stack}\n`);
  return exitCodes.noVerdict;
}
