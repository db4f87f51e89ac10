// SPDX-License-Identifier: MIT
import type { Command } from 'commander';
import { exitCodes } from '../../errors.ts';
import { manPage } from '../help/man.ts';
import { tableOf } from '../help/table.ts';

/** `patchproof man`: the manual page on stdout, made of the command table. */
export function manCommand(root: Command): number {
  process.stdout.write(manPage(tableOf(root)));
  return exitCodes.proved;
}
