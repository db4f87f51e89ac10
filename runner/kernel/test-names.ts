// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { isForeign } from '../host/arch.ts';
import { run } from '../host/process.ts';

/** What newer kernels' kselftest_harness.h says of its options: only such a program knows -l and -r. */
const usage = 'Usage: %s [-h|-l';
const listTimeoutMs = 10_000;
/** KSFT_SKIP: what a list ends with. */
const listed = 4;

/** The words that make a harness program run these tests and no others. */
export function onlyTests(names: readonly string[]): string[] {
  return names.flatMap((name) => ['-r', name]);
}

/**
 * The tests of a program that is built with the kselftest harness, as its results will call
 * them; null when it cannot tell them without running. Only the list is asked for, on the host.
 */
export async function listTests(
  file: string,
  arch: string,
  signal: AbortSignal,
): Promise<string[] | null> {
  if (isForeign(arch) || !(await readFile(file)).includes(usage)) return null;
  const { exitCode, stderr } = await run(file, ['-l'], { timeoutMs: listTimeoutMs, signal });
  return exitCode === listed ? parseTestList(stderr) : null;
}

/**
 * Reads the harness's table: fixture, variant and test in columns of their own, each fixture's
 * variants and tests side by side, so that every variant goes with every test. Null for any
 * other text.
 */
export function parseTestList(text: string): string[] | null {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  if (!/^# FIXTURE +VARIANT +TEST$/.test(head)) return null;
  const names: string[] = [];
  let fixture = '';
  let variants: string[] = [];
  let tests: string[] = [];
  const close = (): void => {
    const heads = variants.length === 0 ? [fixture] : variants.map((it) => `${fixture}.${it}`);
    names.push(...heads.flatMap((it) => tests.map((test) => `${it}.${test}`)));
    [variants, tests] = [[], []];
  };
  for (const line of lines) {
    if (/^-+$/.test(line)) {
      close();
      continue;
    }
    // Columns are 20 and 25 wide and a space apart; a longer word moves what is behind it.
    const [own, afterFixture] = column(line, 20);
    const [variant, test] = column(afterFixture, 25);
    if (own !== '') fixture = own;
    if (variant !== '') variants.push(variant);
    if (test.trim() !== '') tests.push(test.trim());
  }
  close();
  return names;
}

function column(line: string, width: number): [string, string] {
  const word = /^\S*/.exec(line)?.[0] ?? '';
  return [word, line.slice(Math.max(width, word.length) + 1)];
}
