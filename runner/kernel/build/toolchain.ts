// SPDX-License-Identifier: MIT
import { PatchproofError } from '../../errors.ts';
import { archOf, wordOf } from '../../host/arch.ts';
import { run } from '../../host/process.ts';
import type { Toolchain } from '../model.ts';

/**
 * Finds the compiler that these make words choose (`CC=gcc-13`, `LLVM=1`; without any, gcc).
 * Throws infrastructure `no-compiler`.
 */
export async function detectToolchain(makeWords: readonly string[] = []): Promise<Toolchain> {
  return {
    arch: archOf(makeWords),
    compiler: await versionOf(compilerOf(makeWords)),
    linker: await versionOf(linkerOf(makeWords)),
    makeWords,
  };
}

async function versionOf(tool: string): Promise<string> {
  const [program = tool, ...args] = tool.split(' ');
  const asked = await run(program, [...args, '--version'], { env: { LC_ALL: 'C' } }).catch(
    (error: unknown) => {
      if (error instanceof PatchproofError && error.code === 'missing-tool') return undefined;
      throw error;
    },
  );
  const first = asked?.stdout.split('\n')[0] ?? '';
  if (asked?.exitCode !== 0 || first === '')
    throw new PatchproofError({
      kind: 'infrastructure',
      code: 'no-compiler',
      message: `The compiler or linker ${tool} does not run.`,
      evidence: asked === undefined ? ['it is not installed'] : [...asked.tail].slice(-3),
      remedy: 'Install it, or name another with CC=, LLVM= or CROSS_COMPILE=.',
    });
  return first;
}

/** The compiler's command: `CC=`, else what LLVM= chooses, else gcc behind CROSS_COMPILE=, as in the top Makefile. */
export function compilerOf(makeWords: readonly string[]): string {
  const llvm = wordOf(makeWords, 'LLVM');
  return wordOf(makeWords, 'CC') ?? (llvm === undefined ? gnu(makeWords, 'gcc') : clangOf(llvm));
}

function linkerOf(makeWords: readonly string[]): string {
  const llvm = wordOf(makeWords, 'LLVM');
  return (
    wordOf(makeWords, 'LD') ??
    (llvm === undefined ? gnu(makeWords, 'ld') : clangOf(llvm).replace(/clang/, 'ld.lld'))
  );
}

function gnu(makeWords: readonly string[], tool: string): string {
  return `${wordOf(makeWords, 'CROSS_COMPILE') ?? ''}${tool}`;
}

/** `LLVM=1`, `LLVM=-18` or `LLVM=/opt/llvm/bin/`, as Documentation/kbuild/llvm.rst has it. */
function clangOf(value: string): string {
  if (value.startsWith('-')) return `clang${value}`;
  return value.endsWith('/') ? `${value}clang` : 'clang';
}
