// SPDX-License-Identifier: MIT
import { runSetup } from '../../setup/index.ts';

/** `patchproof setup`. */
export async function setupCommand(options: { yes?: boolean }): Promise<number> {
  return runSetup({ yes: options.yes === true });
}
