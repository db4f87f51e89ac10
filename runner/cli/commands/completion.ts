// SPDX-License-Identifier: MIT
import type { Command } from 'commander';
import { exitCodes } from '../../errors.ts';
import { bashCompletion } from '../help/bash.ts';
import { fishCompletion } from '../help/fish.ts';
import { tableOf } from '../help/table.ts';
import { zshCompletion } from '../help/zsh.ts';

/** Shells that completion is written for. */
type Shell = 'bash' | 'zsh' | 'fish';

const writers = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** `patchproof completion SHELL`: a script for the shell, on stdout. */
export function completionCommand(shell: Shell, root: Command): number {
  process.stdout.write(writers[shell](tableOf(root)));
  return exitCodes.proved;
}
