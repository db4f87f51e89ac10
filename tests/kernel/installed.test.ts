// SPDX-License-Identifier: MIT
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  commandOf,
  filesOf,
  installedFiles,
  lacksOf,
} from '../../runner/kernel/selftests/installed.ts';
import { mentionedIn } from '../../runner/kernel/selftests/mentions.ts';
import { temporary, write } from './helpers.ts';

const elf = (text: string): Buffer =>
  Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.from(text)]);

describe('what a test names', () => {
  it('is any word of a script, and a path of a compiled program', () => {
    const script = mentionedIn(
      Buffer.from('#!/bin/sh\n. ./lib.sh; "$DIR"/helper_a -x helper-b.\n'),
    );
    for (const word of ['lib.sh', 'helper_a', 'helper-b']) expect(script.has(word)).toBe(true);
    const program = mentionedIn(elf('socket\0./helper\0'));
    expect(program.has('helper')).toBe(true);
    expect(program.has('socket')).toBe(false);
  });
});

describe('an installed collection', () => {
  const folder = (files: Readonly<Record<string, string>>): string => {
    const root = temporary();
    write(root, files);
    return root;
  };

  it('gives a program what it names, and what that names in turn', async () => {
    const root = folder({
      'net/a.sh': '#!/bin/sh\n. ../lib/shared.sh\n',
      'net/b.sh': '#!/bin/sh\n',
      'net/tool': 'x',
      'lib/shared.sh': './tool\n',
    });
    const files = await filesOf('net/a.sh', await installedFiles(root));
    expect(files.map(({ name }) => name).toSorted()).toEqual([
      'lib/shared.sh',
      'net/a.sh',
      'net/tool',
    ]);
  });

  it.each([
    {
      name: 'itself',
      files: { 'net/t': '#!/bin/bash\n' },
      command: { program: 'net/t', args: [] },
    },
    {
      name: 'the runner of its folder',
      files: { 'net/t': 'data', 'net/ksft_runner.sh': '#!/bin/bash\n' },
      command: { program: 'net/ksft_runner.sh', args: ['./t'] },
    },
    {
      name: 'the interpreter that it names',
      files: { 'net/t': ' #!no\n' },
      first: '#!/usr/bin/env python3\n',
      command: { program: '/usr/bin/env', args: ['python3', './t'] },
    },
    {
      name: 'nothing but its name',
      files: { 'net/t': 'data' },
      command: { program: 'net/t', args: [] },
    },
  ])('is started by $name', async ({ files, first, command }) => {
    const root = folder(files);
    if (first !== undefined) {
      write(root, { 'net/t': first });
      chmodSync(path.join(root, 'net/t'), 0o644);
    }
    expect(await commandOf('net/t', await installedFiles(root))).toEqual(command);
  });

  it('lacks in a small image every interpreter but its shell, and libraries', async () => {
    const root = folder({
      sh: '#!/bin/sh -e\n',
      bash: '#!/bin/bash\n',
      python: '#!/usr/bin/env python3\n',
      data: 'x',
    });
    const lacks = async (name: string): Promise<string | undefined> =>
      lacksOf(path.join(root, name));
    expect(await lacks('sh')).toBeUndefined();
    expect(await lacks('data')).toBeUndefined();
    expect(await lacks('bash')).toBe('/bin/bash');
    expect(await lacks('python')).toBe('/usr/bin/env python3');
    expect(await lacksOf(process.execPath)).toBe('shared libraries');
  });
});
