// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { shellStep, type Step } from '../../runner/host/command-line.ts';
import { temporary } from '../kernel/helpers.ts';

const sh = (step: Step): string =>
  execFileSync('sh', ['-c', shellStep(step)], { encoding: 'utf8' });
const word = fc.string({ unit: 'grapheme' }).filter((text) => !/[\0\r]/.test(text));

it('sh gives the command the same words, whatever is in them', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 4 }), (args) => {
      const said = sh({
        kind: 'run',
        line: { program: 'printf', args: [String.raw`%s\0`, ...args] },
      });
      expect(said).toBe(args.length === 0 ? '\0' : args.map((it) => `${it}\0`).join(''));
    }),
    { numRuns: 30 },
  );
});

it('the same folder, environment and standard input', () => {
  const folder = temporary();
  const line = {
    program: 'sh',
    args: ['-c', 'pwd; echo "$A,${HOME-none}"; cat'],
    cwd: folder,
    env: { A: "it's $B", HOME: undefined },
  };
  const text = 'END\n$(no command) `nor this`\nEND_\n';
  expect(sh({ kind: 'run', line, input: { text } })).toBe(`${folder}\nit's $B,none\n${text}`);
  const file = path.join(folder, 'a file');
  expect(sh({ kind: 'write', file, text })).toBe('');
  expect(readFileSync(file, 'utf8')).toBe(text);
  expect(sh({ kind: 'run', line, input: { file } })).toBe(`${folder}\nit's $B,none\n${text}`);
});

it('a note stays a comment', () => {
  expect(sh({ kind: 'note', text: 'one\necho two\r\necho three' })).toBe('');
});
