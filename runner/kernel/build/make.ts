// SPDX-License-Identifier: MIT
import { which } from '../../host/which.ts';
import type { Toolchain } from '../model.ts';
import { compilerOf } from './toolchain.ts';

/** The toolchain's make words, with the compiler behind ccache where ccache is installed. */
export async function compilerWords(toolchain: Toolchain): Promise<string[]> {
  if ((await which('ccache')) === undefined) return [...toolchain.makeWords];
  const others = toolchain.makeWords.filter((word) => !word.startsWith('CC='));
  return [...others, `CC=ccache ${compilerOf(toolchain.makeWords)}`];
}
