// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { listTests, onlyTests, parseTestList } from '../../runner/kernel/test-names.ts';
import { temporary } from './helpers.ts';

const head = '# FIXTURE            VARIANT                   TEST\n';
const row = (fixture: string, variant: string, test: string): string =>
  `${fixture.padEnd(20)} ${variant.padEnd(25)} ${test}\n`;
const line = `${'-'.repeat(80)}\n`;

describe('the list of a harness program', () => {
  it.each([
    { name: 'nothing but the empty global fixture', body: row('global', '', ''), names: [] },
    {
      name: 'tests without a fixture',
      body: row('global', '', 'one') + row('', '', 'two'),
      names: ['global.one', 'global.two'],
    },
    {
      name: 'more tests than variants',
      body:
        row('global', '', '') + line + row('f', 'a', 'x') + row('', 'b', 'y') + row('', '', 'z'),
      names: ['f.a.x', 'f.a.y', 'f.a.z', 'f.b.x', 'f.b.y', 'f.b.z'],
    },
    {
      name: 'more variants than tests',
      body: row('f', 'a', 'x') + row('', 'b', ''),
      names: ['f.a.x', 'f.b.x'],
    },
    {
      name: 'names longer than their columns',
      body: row('f'.repeat(21), 'v'.repeat(26), 'x') + row('', 'w', 'y'),
      names: ['v'.repeat(26), 'w'].flatMap((v) =>
        ['x', 'y'].map((t) => `${'f'.repeat(21)}.${v}.${t}`),
      ),
    },
  ])('$name', ({ body, names }) => {
    expect(parseTestList(head + body)).toEqual(names);
  });

  it.each(['', 'TAP version 13\n1..1\n', 'usage: x\n'])('%j is none', (text) => {
    expect(parseTestList(text)).toBeNull();
  });

  it('is asked for by -l, and only of a program that knows it', async () => {
    const folder = temporary();
    const file = path.join(folder, 'program');
    const signal = new AbortController().signal;
    const say = (usage: string): void => {
      writeFileSync(
        file,
        `#!/bin/sh\n# ${usage}\necho "$*" >> ${file}.calls\nprintf '%s' '${head}${row('f', '', 'x')}' >&2\nexit 4\n`,
      );
      chmodSync(file, 0o755);
    };
    say('Usage: %s [-h|-l] [-r name]');
    expect(await listTests(file, os.machine(), signal)).toEqual(['f.x']);
    expect(await listTests(file, 'another', signal)).toBeNull();
    say('no harness');
    expect(await listTests(file, os.machine(), signal)).toBeNull();
    expect(execFileSync('cat', [`${file}.calls`], { encoding: 'utf8' })).toBe('-l\n');
    expect(onlyTests(['f.x', 'f.y'])).toEqual(['-r', 'f.x', '-r', 'f.y']);
  });
});
