// SPDX-License-Identifier: MIT
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { setEnv, temporary, write } from '../kernel/helpers.ts';
import { setStage, warmStage, type Stage } from '../pipeline/stage.ts';
import type { Script } from '../pipeline/script.ts';
import { sharedFolder } from '../pipeline/shared.ts';
import { patchproof, type Ended } from './patchproof.ts';

// A busy host may take its time.
vi.setConfig({ testTimeout: 180_000 });

const main = path.resolve(import.meta.dirname, '../../runner/cli/main.ts');

const git = (tree: string, ...words: string[]): string =>
  execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...words], {
    cwd: tree,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();

const two = (line: string): string => `int two(void)\n${line}{\n\treturn 2;\n}\n`;
const patched = two('/* PATCHED */\n');

/** A stage whose tree is a repository; each commit is some files. Returns the commits' ids, too. */
function history(
  commits: readonly Readonly<Record<string, string>>[],
  script: Partial<Script> = {},
  stage = warmStage(script),
): Stage & { ids: string[] } {
  // The command keeps the evidence of each step there.
  setEnv('TMPDIR', temporary());
  const key = createHash('sha256').update(JSON.stringify(commits)).digest('hex').slice(0, 16);
  // Git needs four processes a commit, and many tests want the same.
  const made = sharedFolder(`history-${key}`, (folder) => {
    const tree = path.join(folder, 'tree');
    cpSync(stage.tree, tree, { recursive: true });
    git(tree, 'init', '-q', '-b', 'main');
    const ids = commits.map((files, index) => {
      write(tree, files);
      git(tree, 'add', '--all');
      git(tree, 'commit', '-q', '--allow-empty', '-m', `commit ${index + 1}`);
      return git(tree, 'rev-parse', 'HEAD');
    });
    write(folder, { 'ids.json': JSON.stringify(ids) });
  });
  cpSync(path.join(made, 'tree/.git'), path.join(stage.tree, '.git'), { recursive: true });
  for (const files of commits) write(stage.tree, files);
  const ids = JSON.parse(readFileSync(path.join(made, 'ids.json'), 'utf8')) as string[];
  return { ...stage, ids };
}

/** What a bisection by hand says of the tree as it is. */
function step(stage: Stage, ...words: string[]): Promise<Ended> {
  return patchproof(stage.tree, 'bisect', stage.proof, '--test', 'mine:one/race', ...words);
}

/** `git bisect run` over the whole history. */
function run(stage: Stage & { ids: string[] }, terms: readonly string[], ...words: string[]) {
  git(stage.tree, 'bisect', 'start', ...terms, 'HEAD', stage.ids[0] ?? '');
  const command = [process.execPath, main, 'bisect', stage.proof, '--test', 'mine:one/race'];
  const ended = spawnSync('git', ['bisect', 'run', ...command, ...words], {
    cwd: stage.tree,
    encoding: 'utf8',
  });
  return {
    said: ended.stdout + ended.stderr,
    first: git(stage.tree, 'rev-parse', 'refs/bisect/bad'),
  };
}

describe('git bisect run', () => {
  it('finds the commit that broke a test, past one that does not compile', () => {
    const stage = history(
      [
        { 'net/two.c': patched },
        { 'net/three.c': 'int three(void)\n{\n\treturn 31;\n}\n' },
        { 'net/one.c': '#error half done\n' },
        { 'net/one.c': 'int one(void)\n{\n\treturn 11;\n}\n' },
        { 'net/two.c': two('') },
        { 'net/three.c': 'int three(void)\n{\n\treturn 32;\n}\n' },
        { README: 'no part of the image\n' },
      ],
      {},
      setStage(),
    );
    const { said, first } = run(stage, []);
    expect(first, said).toBe(stage.ids[4]);
    expect(said).toContain(`${stage.ids[4]} is the first bad commit`);
    expect(said).toMatch(/^patchproof: bad: mine:one\/race fails\.$/m);
    // The tree is as git left it: nothing of ours is in it.
    expect(git(stage.tree, 'status', '--porcelain')).toBe('');
    // After the first step only what a commit changed was compiled.
    const steps = said.match(/^patchproof: (good|bad|skip)/gm) ?? [];
    expect(steps.length).toBeGreaterThan(2);
    expect(stage.compiled().length).toBeLessThan(3 * steps.length);
  });

  it('--fixed finds the commit that mended it, and git may have its own words', () => {
    const stage = history([
      {},
      { 'net/two.c': patched },
      { 'net/one.c': 'int one(void)\n{\n\treturn 11;\n}\n' },
    ]);
    git(
      stage.tree,
      'bisect',
      'start',
      '--term-old=broken',
      '--term-new=fixed',
      'HEAD',
      stage.ids[0] ?? '',
    );
    const words = [main, 'bisect', stage.proof, '--test', 'mine:one/race', '--fixed'];
    const ended = spawnSync('git', ['bisect', 'run', process.execPath, ...words], {
      cwd: stage.tree,
      encoding: 'utf8',
    });
    expect(git(stage.tree, 'rev-parse', 'refs/bisect/fixed'), ended.stdout + ended.stderr).toBe(
      stage.ids[1],
    );
  });
});

describe('one commit', () => {
  it('0 good, 1 bad, turned round by --fixed; the second time nothing is built', async () => {
    const stage = history([{}], {}, setStage());
    const bad = await step(stage);
    expect(bad).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('patchproof: bad: ') as string,
    });
    const made = stage.made().length;
    expect(await step(stage, '--fixed')).toMatchObject({ status: 0 });
    expect(stage.made()).toHaveLength(made);
  });

  it('a patch goes on top; where the commit has it already, it is left out', async () => {
    const stage = history([{}]);
    const patch = ['--patch', stage.patch('good')];
    const { status, stderr } = await step(stage, ...patch);
    expect(status, stderr).toBe(0);
    write(stage.tree, { 'net/two.c': patched });
    const merged = await step(stage, ...patch);
    expect(merged).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('in this commit already') as string,
    });
  });

  it('is asked other tests than the proof’s, and needs no proof then', async () => {
    const stage = history([{}]);
    const own = ['--tests', path.join(stage.folder, 'mine'), '--profile', 'lean'];
    const given = await patchproof(stage.tree, 'bisect', ...own, '--test', 'mine:one/race');
    expect(given, given.stderr).toMatchObject({ status: 1 });
    const image = await step(stage, ...own, '--image', 'host', '--test', 'mine:two/*');
    expect(image, image.stderr).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('mine:one/race') as string,
    });
    const none = await patchproof(stage.tree, 'bisect', ...own, '--test', 'net:tls');
    expect(none).toMatchObject({ status: 128 });
    expect(none.stderr).toContain('net:tls');
  });

  it('what only one commit changed is compiled again, also where a patch was', async () => {
    const stage = history([{}], {}, setStage());
    await step(stage, '--patch', stage.patch('good'));
    writeFileSync(process.env['COMPILED'] ?? '', '');
    write(stage.tree, { 'net/three.c': 'int three(void)\n{\n\treturn 4;\n}\n' });
    expect(await step(stage)).toMatchObject({ status: 1 });
    expect(stage.compiled().toSorted()).toEqual(['net/three.o', 'net/two.o']);
    // Objects of one build at a time.
    const kept = execFileSync('find', [path.join(stage.cache, 'objects'), '-name', 'three.o'], {
      encoding: 'utf8',
    });
    expect(kept.trimEnd().split('\n')).toHaveLength(1);
    expect(readFileSync(kept.trim(), 'utf8')).toContain('return 4;');
  });

  it('the cached snapshots stay what they were', async () => {
    const stage = history([{}]);
    await step(stage);
    const before = execFileSync(
      'find',
      [path.join(stage.cache, 'sources'), '-newermt', '2001-01-01', '-name', '*.c'],
      { encoding: 'utf8' },
    );
    expect(before).toBe('');
    write(stage.tree, { 'net/two.c': patched });
    await step(stage);
    const after = execFileSync(
      'find',
      [path.join(stage.cache, 'sources'), '-newermt', '2001-01-01', '-name', '*.c'],
      { encoding: 'utf8' },
    );
    expect(after).toBe('');
  });

  it.each([
    ['does not compile', { 'net/two.c': '#error no\n' }, {}, [], 'error: no'],
    ['does not boot', {}, { base: [{ boot: 'panic' as const }] }, [], 'does not boot'],
    ['is flaky', {}, { base: [{ one: 'fail' as const }, {}] }, [], 'flaky'],
    ['does not take the patch', {}, {}, ['--patch', 'stranger'], 'does not apply'],
    ['was lost by the host', {}, { base: [{ one: 'die' as const }] }, [], 'lost'],
  ])('125: it %s', async (_what, files, script, words, said) => {
    const stage = history([files], script);
    const named = words.map((word) => (word === 'stranger' ? stage.patch('stranger') : word));
    const { status, stdout, stderr } = await step(stage, ...named);
    expect(status, stderr).toBe(125);
    expect(stdout).toMatch(/^patchproof: skip: /);
    expect(stdout + stderr).toContain(said === 'error: no' ? 'planted' : said);
  });

  it('with --repeat one failure among the attempts is one', async () => {
    const stage = history([{}], { base: [{}, { one: 'fail' }, {}] });
    expect(await step(stage, '--repeat', '3')).toMatchObject({ status: 1 });
    expect(stage.booted()).toHaveLength(3);
  });

  it('a test that takes the machine along has failed', async () => {
    const stage = history([{}], { base: [{ one: 'panic' }] });
    const { status, stdout } = await step(stage);
    expect(status).toBe(1);
    expect(stdout).toContain('crashed');
  });
});

describe('128 ends the bisection, where git would take 2 for a bad commit', () => {
  it.each([
    [['--tset', 'x'], "unknown option '--tset'"],
    [['--test', 'mine:three'], 'matches no test'],
    [['O=out'], 'keeps the kernel of no commit'],
    [['--kernel', '6.12'], 'is no folder'],
    [['--output-dir', 'here'], 'outside of it'],
    [['--patch', 'nowhere.patch'], 'nowhere.patch'],
  ])('%j', async (words, said) => {
    const stage = history([{}]);
    const { status, stderr } = await step(stage, ...words);
    expect(stderr).toContain(said);
    expect(status).toBe(128);
    expect(stage.booted()).toEqual([]);
  });

  it('no test named', async () => {
    const stage = history([{}], {}, setStage());
    expect(await patchproof(stage.tree, 'bisect', stage.proof)).toMatchObject({ status: 128 });
    expect(existsSync(path.join(stage.cache, 'sources'))).toBe(false);
  });
});
