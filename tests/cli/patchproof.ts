// SPDX-License-Identifier: MIT
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

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

/** The same, to its end. */
export async function patchproof(cwd: string, ...words: readonly string[]): Promise<Ended> {
  return start(cwd, ...words).ended;
}
