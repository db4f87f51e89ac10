// SPDX-License-Identifier: MIT
import { runDoctor } from '../../setup/index.ts';

/** `patchproof doctor`. */
export async function doctorCommand(options: { json?: boolean }): Promise<number> {
  return runDoctor({ json: options.json === true });
}
