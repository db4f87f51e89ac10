// SPDX-License-Identifier: MIT
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { bashCompletion } from '../../runner/cli/help/bash.ts';
import { fishCompletion } from '../../runner/cli/help/fish.ts';
import { manPage } from '../../runner/cli/help/man.ts';
import { tableOf } from '../../runner/cli/help/table.ts';
import { zshCompletion } from '../../runner/cli/help/zsh.ts';
import { program } from '../../runner/cli/program.ts';
import { temporary, write } from '../kernel/helpers.ts';
import { patchproof } from './patchproof.ts';

vi.setConfig({ testTimeout: 60_000 });

const root = program();
const table = tableOf(root);
const has = (name: string): boolean => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;

describe('the command table', () => {
  it('has every command and option that the program parses', () => {
    expect(table.commands.map(({ name }) => name)).toEqual(
      root.commands.map((command) => command.name()).toSorted(),
    );
    for (const { name, options } of table.commands) {
      const parsed = root.commands.find((command) => command.name() === name)?.options ?? [];
      expect(options.map(({ long }) => long)).toEqual([...parsed.map((it) => it.long), '--help']);
    }
  });

  it('knows what a value is', () => {
    const run = table.commands.find(({ name }) => name === 'run')?.options ?? [];
    const of = (long: string) => run.find((it) => it.long === long);
    expect(of('--kernel')).toMatchObject({ value: { kind: 'file' }, isRepeatable: true });
    expect(of('--output-dir')).toMatchObject({ value: { kind: 'folder' }, isRepeatable: false });
    expect(of('--cpus')).toMatchObject({
      value: { kind: 'text' },
      isRepeatable: false,
      variable: 'PATCHPROOF_CPUS',
    });
    expect(of('--strict')).toMatchObject({ value: { kind: 'none' } });
  });
});

/** A folder with something to complete: `folder/`, `file.patch`. */
function desk(): string {
  const folder = temporary();
  mkdirSync(path.join(folder, 'folder'));
  write(folder, { 'file.patch': '' });
  return folder;
}

/** Prints the words it gets, and then that these were all. */
const stub = 'patchproof() { printf "<%s>\\n" "$@"; echo "<;>"; }\n';

/**
 * What an interactive shell on a terminal of its own makes of lines typed at its prompt: the words
 * that `patchproof`, a function there, gets for each.
 */
async function typed(shell: string, cwd: string, lines: readonly string[]): Promise<string[][]> {
  const child = spawn('script', ['-qec', shell, '/dev/null'], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, ZDOTDIR: cwd, TERM: 'dumb', LC_ALL: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let screen = '';
  let sent = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    if (sent || !screen.includes('READY')) return;
    sent = true;
    child.stdin.write(`${lines.join('\n')}\nexit\n`);
  });
  await new Promise((resolve) => child.once('close', resolve));
  const words = [...screen.matchAll(/^<(.*)>\r?$/gm)].map(([, word = '']) => word);
  return words
    .join('\n')
    .split(/\n?^;$\n?/m)
    .slice(0, -1)
    .map((line) => line.split('\n'));
}

/** Typed keys, and the words that patchproof then gets. */
const cases: readonly [string, string[]][] = [
  ['patchproof verd\t', ['verdict']],
  ['patchproof run --str\t', ['run', '--strict']],
  ['patchproof run --strict --fail-f\t', ['run', '--strict', '--fail-fast']],
  ['patchproof run --output-dir fo\t', ['run', '--output-dir', 'folder/']],
  ['patchproof run --patch fi\t', ['run', '--patch', 'file.patch']],
  ['patchproof bisect --kernel f\t', ['bisect', '--kernel', 'folder/']],
  ['patchproof completion zs\t', ['completion', 'zsh']],
  ['patchproof ktap fil\t', ['ktap', 'file.patch']],
];

describe.skipIf(!has('bash'))('bash', () => {
  it('completes commands, options and what they take', async () => {
    const cwd = desk();
    write(cwd, { rc: `${bashCompletion(table)}${stub}PS1='READY '\n` });
    const all: typeof cases = [
      ...cases,
      ['patchproof run --output-dir=fo\t', ['run', '--output-dir=folder/']],
      ['patchproof run --patch v1=fi\t', ['run', '--patch', 'v1=file.patch']],
      // A name that only the proof knows is not a file's.
      ['patchproof run --candidate fi\t', ['run', '--candidate', 'fi']],
      ['patchproof doctor fi\t', ['doctor', 'fi']],
    ];
    const got = await typed(
      'bash --noprofile --rcfile rc -i',
      cwd,
      all.map(([keys]) => keys),
    );
    expect(got).toEqual(all.map(([, words]) => words));
  });

  it.skipIf(!has('shellcheck'))('is clean shell', () => {
    const checked = spawnSync('shellcheck', ['--shell=bash', '-'], {
      input: bashCompletion(table),
      encoding: 'utf8',
    });
    expect(checked.stdout).toBe('');
  });
});

describe.skipIf(!has('zsh'))('zsh', () => {
  const rc = `autoload -Uz compinit; compinit -u -D\nsetopt no_auto_remove_slash\nPS1='READY '\n`;

  it('completes commands, options and what they take', async () => {
    const cwd = desk();
    const completion = zshCompletion(table);
    write(cwd, { '.zshrc': `${rc}${stub}source ${cwd}/completion\n`, completion });
    const got = await typed(
      'zsh -i',
      cwd,
      cases.map(([keys]) => keys),
    );
    expect(got).toEqual(cases.map(([, words]) => words));
  });

  it('is found in fpath', async () => {
    const cwd = desk();
    const path = `fpath=(${cwd}/functions $fpath)\n`;
    write(cwd, { '.zshrc': `${path}${rc}${stub}`, 'functions/_patchproof': zshCompletion(table) });
    const got = await typed('zsh -i', cwd, ['patchproof run --str\t', 'patchproof run --str\t']);
    expect(got).toEqual([
      ['run', '--strict'],
      ['run', '--strict'],
    ]);
  });
});

describe.skipIf(!has('fish'))('fish', () => {
  /** What fish offers behind a line. */
  function offered(line: string): string[] {
    const cwd = desk();
    write(cwd, { 'completion.fish': fishCompletion(table) });
    const asked = spawnSync(
      'fish',
      ['--no-config', '-c', 'source completion.fish; complete -C $argv[1]', line],
      {
        cwd,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: cwd, LC_ALL: 'C.UTF-8' },
      },
    );
    expect(asked.stderr).toBe('');
    return asked.stdout.split('\n').flatMap((it) => (it === '' ? [] : [it.split('\t')[0] ?? '']));
  }

  it('offers commands, options and what they take', () => {
    expect(offered('patchproof verd')).toEqual(['verdict']);
    expect(offered('patchproof ')).toEqual(table.commands.map(({ name }) => name).toSorted());
    expect(offered('patchproof run --str')).toEqual(['--strict']);
    expect(offered('patchproof run --output-dir f')).toEqual(['folder/']);
    expect(offered('patchproof run --patch f')).toEqual(['file.patch', 'folder/']);
    expect(offered('patchproof run --candidate f')).toEqual([]);
    expect(offered('patchproof completion ')).toEqual(['bash', 'fish', 'zsh']);
    expect(offered('patchproof ktap fil')).toEqual(['file.patch']);
    expect(offered('patchproof doctor f')).toEqual([]);
  });
});

describe('the manual page', () => {
  const page = manPage(table);

  it('has every command and every option', () => {
    for (const { name, options } of table.commands) {
      expect(page).toContain(`.SS "patchproof ${name.replaceAll('-', String.raw`\-`)}`);
      for (const { flags } of options.filter(({ long }) => long !== '--help'))
        expect(page).toContain(`.B ${flags.replaceAll('-', String.raw`\-`)}\n`);
    }
  });

  it.skipIf(!has('mandoc'))('is well formed for mandoc', () => {
    const lint = spawnSync('mandoc', ['-Tlint'], { input: page, encoding: 'utf8' });
    const lines = lint.stdout.split('\n').filter((line) => line !== '');
    // A page that is made when it is asked for has no date.
    expect(lines.filter((line) => !line.includes('missing date'))).toEqual([]);
  });

  it.skipIf(!has('man'))('is well formed for groff, and says what --help says', () => {
    const shown = spawnSync('man', ['--warnings', '-l', '-'], {
      input: page,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], MANWIDTH: '200', LC_ALL: 'C.UTF-8' },
    });
    expect(shown.stderr).toBe('');
    expect(shown.stdout).toContain('patchproof run [options] [PROOF] [VAR=value...]');
    expect(shown.stdout).toContain('--kernel <spec>');
    expect(shown.stdout).toContain('125');
  });
});

it('the commands print them', async () => {
  const cwd = temporary();
  for (const [words, text] of [
    [['completion', 'bash'], bashCompletion(table)],
    [['completion', 'zsh'], zshCompletion(table)],
    [['completion', 'fish'], fishCompletion(table)],
    [['man'], manPage(table)],
  ] as const)
    expect(await patchproof(cwd, ...words)).toEqual({ status: 0, stdout: text, stderr: '' });
  const wrong = await patchproof(cwd, 'completion', 'tcsh');
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain('bash, zsh, fish');
});

/** Names each module on stderr as it is loaded. */
const listing = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, next) {
    process.stderr.write(url + '\\n');
    return next(url, context);
  },
});`)}`;

it.each([
  ['man', []],
  ['completion', ['zsh']],
])('%s loads what it prints, and nothing else', (command, words) => {
  const main = path.resolve(import.meta.dirname, '../../runner/cli/main.ts');
  // A process of its own: this one has read everything already.
  const { stderr } = spawnSync(process.execPath, ['--import', listing, main, command, ...words], {
    encoding: 'utf8',
  });
  const loaded = (pattern: RegExp): Set<string | undefined> =>
    new Set([...stderr.matchAll(pattern)].map(([, name]) => name));
  expect(loaded(/\/node_modules\/((?:@[^/]+\/)?[^/]+)/g)).toEqual(new Set(['commander']));
  expect(loaded(/\/runner\/cli\/commands\/([\w-]+)/g)).toEqual(new Set([command]));
  expect(loaded(/\/runner\/(evidence|kernel|pipeline|setup|verdict|vm)\//g)).toEqual(new Set());
});
