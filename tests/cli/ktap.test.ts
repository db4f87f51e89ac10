// SPDX-License-Identifier: MIT
import { parse } from 'junit2json';
import { Parser, type FinalResults } from 'tap-parser';
import { describe, expect, it, vi } from 'vitest';
import { temporary, write } from '../kernel/helpers.ts';
import { patchproof, type Ended } from './patchproof.ts';

vi.setConfig({ testTimeout: 60_000 });

const green = 'TAP version 13\n1..2\nok 1 a\nok 2 b # SKIP no tc\n';
const splat =
  '[    3.000001] ------------[ cut here ]------------\n[    3.000002] WARNING: CPU: 0 PID: 7 at net/core/dev.c:9 dev_x+0x1/0x2\n';
const logs: Readonly<Record<string, string>> = {
  green,
  red: green.replace('ok 1', 'not ok 1'),
  splat: green + splat,
  empty: '',
};

/** Runs beside the logs. */
function desk(): (...words: string[]) => Promise<Ended> {
  const folder = temporary();
  write(folder, logs);
  return (...words) => patchproof(folder, 'ktap', ...words);
}

function readTap(text: string): FinalResults {
  let found: FinalResults | undefined;
  new Parser((results) => {
    found = results;
  }).end(text);
  if (found === undefined) throw new Error('tap-parser did not complete');
  return found;
}

describe('every form says the same, and so does the exit code', () => {
  it.each([
    ['green', true],
    ['red', false],
    ['splat', true],
    ['splat --strict', false],
    ['empty', false],
  ])('%s: %s', async (words, ok) => {
    const ktap = desk();
    const given = words.split(' ');
    const [tree, json, tap, junit] = await Promise.all([
      ktap(...given),
      ktap(...given, '--json'),
      ktap(...given, '--tap'),
      ktap(...given, '--junit'),
    ]);
    expect([tree, json, tap, junit].map((it) => it.status)).toEqual(
      Array.from({ length: 4 }, () => (ok ? 0 : 1)),
    );
    expect(tree.stdout).toMatch(ok ? /\nok: / : /(?:^|\n)not ok: /);
    expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, ok });
    expect(tap.stdout).toMatch(/^TAP version 14\n/);
    expect(readTap(tap.stdout).ok).toBe(ok);
    const suites = await parse(junit.stdout);
    if (suites === null || suites === undefined || !('testsuite' in suites))
      throw new Error('not taken for JUnit');
    expect((suites.failures ?? 0) + (suites.errors ?? 0) === 0).toBe(ok);
    expect(suites.name).toBe(given[0]);
  });

  it('a splat is listed with its line', async () => {
    const { stdout } = await desk()('splat', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      problems: [
        {
          line: 6,
          code: 'splat',
          message: 'WARNING: CPU: 0 PID: 7 at net/core/dev.c:9 dev_x+0x1/0x2',
        },
      ],
    });
  });
});

it('takes one form at a time', async () => {
  const { status, stderr, stdout } = await desk()('green', '--tap', '--junit');
  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain("option '--tap' cannot be used with option '--junit'");
});

it('a log that is not there is wrong use', async () => {
  const { status, stderr } = await desk()('none', '--tap');
  expect(status).toBe(2);
  expect(stderr).toContain('The log none cannot be read');
});
