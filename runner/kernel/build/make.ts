// SPDX-License-Identifier: MIT
import type { StageContext } from '../../events.ts';
import type { Toolchain } from '../model.ts';
import { compilerOf } from './toolchain.ts';
import { command } from '../stage.ts';

/** The toolchain's make words, with the compiler behind ccache where ccache is installed. */
export async function compilerWords(
  toolchain: Toolchain,
  context: StageContext,
): Promise<string[]> {
  const found = await command(context, 'sh', ['-c', 'command -v ccache']);
  if (found.exitCode !== 0) return [...toolchain.makeWords];
  const others = toolchain.makeWords.filter((word) => !word.startsWith('CC='));
  return [...others, `CC=ccache ${compilerOf(toolchain.makeWords)}`];
}
