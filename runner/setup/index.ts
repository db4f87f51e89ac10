// SPDX-License-Identifier: MIT
import { createInterface } from 'node:readline/promises';
import { exitCodes } from '../errors.ts';
import { diagnose, formatReport } from './doctor.ts';
import { ensure } from './install.ts';
import type { EnsureOptions } from './install.ts';
import { allGroups } from './needs.ts';
import type { Group } from './needs.ts';

/** `ensure` on this process's terminal: speaks on stderr, asks there when somebody is at it. */
export async function ensureFor(
  groups: readonly Group[],
  options: Pick<EnsureOptions, 'yes' | 'optional'>,
): Promise<void> {
  await ensure(groups, {
    ...options,
    interactive: process.stdin.isTTY && process.stderr.isTTY,
    ask,
    say: (line) => process.stderr.write(`patchproof: ${line}\n`),
  });
}

/** `patchproof setup`: everything that any command needs. Returns the exit code. */
export async function runSetup(options: { yes: boolean }): Promise<number> {
  await ensureFor(allGroups, { ...options, optional: true });
  return exitCodes.proved;
}

/** `patchproof doctor`: the diagnosis on stdout. Returns 0, or 69 when something is missing. */
export async function runDoctor(options: { json: boolean }): Promise<number> {
  const report = await diagnose();
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : formatReport(report));
  return report.ok ? exitCodes.proved : exitCodes.noVerdict;
}

async function ask(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`patchproof: ${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
