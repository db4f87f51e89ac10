// SPDX-License-Identifier: MIT
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';
import { vi } from 'vitest';
import { execute } from '../../runner/cli/execute.ts';

const main = fileURLToPath(new URL('../../runner/cli/main.ts', import.meta.url));

/** What a command left. */
export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** `node runner/cli/main.ts WORDS...` in a folder, as a person's shell starts it. */
export function start(
  cwd: string,
  ...words: readonly string[]
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [main, ...words], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
  return { child, ended };
}

// A process has one folder, and one of each stream.
const oneAtATime = pLimit(1);

/**
 * The same, to its end and in the process of the test: Node and the modules are there already. For
 * what needs no signal and no input.
 */
export async function patchproof(cwd: string, ...words: readonly string[]): Promise<Ended> {
  return oneAtATime(() => inProcess(cwd, words));
}

async function inProcess(cwd: string, words: readonly string[]): Promise<Ended> {
  const { argv, exitCode } = process;
  const before = process.cwd();
  const written = { stdout: '', stderr: '' };
  const streams = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += typeof text === 'string' ? text : Buffer.from(text).toString();
      return true;
    }),
  );
  try {
    process.chdir(cwd);
    process.argv = [process.execPath, main, ...words];
    process.exitCode = undefined;
    return { status: await execute(process.argv), ...written };
  } finally {
    process.argv = argv;
    process.exitCode = exitCode;
    process.chdir(before);
    for (const stream of streams) stream.mockRestore();
  }
}
