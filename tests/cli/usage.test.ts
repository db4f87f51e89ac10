// SPDX-License-Identifier: MIT
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { architectureNames, isForeign } from '../../runner/host/arch.ts';
import { write } from '../kernel/helpers.ts';
import { setStage, type Stage } from '../pipeline/stage.ts';
import { patchproof, type Ended } from './patchproof.ts';

vi.setConfig({ testTimeout: 60_000 });

const [foreign = ''] = architectureNames.filter(isForeign);

/** Runs in a folder of its own and sees to it that nothing was written, there or to the cache. */
async function refused(stage: Stage, ...words: string[]): Promise<Ended> {
  write(stage.folder, { 'desk/keep': '' });
  const desk = path.join(stage.folder, 'desk');
  const ended = await patchproof(desk, ...words);
  expect(ended.status, ended.stdout + ended.stderr).toBe(2);
  expect(ended.stdout).toBe('');
  expect(readdirSync(desk)).toEqual(['keep']);
  expect(readdirSync(stage.cache)).toEqual([]);
  expect(stage.made()).toEqual([]);
  return ended;
}

describe('wrong use: exit 2, a sentence with its evidence on stderr, nothing written', () => {
  it('an unknown option names the nearest one', async () => {
    const { stderr } = await refused(setStage(), 'run', '--kernal', '6.12');
    expect(stderr).toContain("unknown option '--kernal'");
    expect(stderr).toContain('--kernel');
  });

  it('an unknown command names the nearest one', async () => {
    const { stderr } = await refused(setStage(), 'verdct');
    expect(stderr).toContain("unknown command 'verdct'");
    expect(stderr).toContain('verdict');
  });

  it.each(['0', '1.5', 'many'])('--cpus %s', async (count) => {
    const { stderr } = await refused(setStage(), 'run', '--cpus', count);
    expect(stderr).toContain('whole number from 1 to 64');
  });

  it('a proof that is not there: where it was looked for, and the nearest', async () => {
    const { stderr } = await refused(setStage(), 'run', 'tcp-repare');
    expect(stderr).toContain('There is no proof tcp-repare');
    expect(stderr).toContain('looked for tcp-repare/proof.yaml');
    expect(stderr).toContain('Did you mean tcp-repair?');
  });

  it('a malformed proof.yaml: file, line, column, and a caret', async () => {
    const stage = setStage();
    write(stage.folder, { 'proof/proof.yaml': 'version: 1\nname: mine\ntitel: A\ntests: []\n' });
    const { stderr } = await refused(stage, 'run', stage.proof);
    expect(stderr).toMatch(/proof\.yaml:3:1\b/);
    const lines = stderr.split('\n');
    const shown = lines.findIndex((line) => line.includes('titel: A'));
    expect(lines[shown + 1]?.indexOf('^')).toBe(lines[shown]?.indexOf('titel'));
  });

  it('what a proof.yaml names and is not there: file, line, column', async () => {
    const stage = setStage();
    const yaml = readFileSync(path.join(stage.proof, 'proof.yaml'), 'utf8');
    const names =
      'mutants: [{ name: m, text: t, file: gone.patch, series: ["6.1"], tests: ["*"] }]\n';
    write(stage.folder, { 'proof/proof.yaml': `${yaml}${names}` });
    const { stderr } = await refused(stage, 'run', stage.proof, '--mutants');
    const line = yaml.split('\n').length;
    const place = `proof.yaml:${line}:${names.indexOf('gone') + 1}`;
    expect(stderr).toContain(`${place}: there is no patch "gone.patch"`);
    const aliased = `${yaml.replace(/^patches:/m, 'patches: &p')}candidates: { v1: { patches: *p } }\n`;
    write(stage.folder, {
      'proof/proof.yaml': aliased.replace(/file: [^ ,}]+/, 'file: gone.patch'),
    });
    const { stderr: named } = await refused(stage, 'run', stage.proof, '--candidate', 'v1');
    expect(named).toMatch(/proof\.yaml:[2-9]\d?:\d+: there is no patch "gone.patch"/);
    expect(named.match(/there is no patch/g)).toHaveLength(1);
    write(stage.folder, { 'proof/proof.yaml': yaml.replace(/folder: \S+/, 'folder: gone') });
    const { stderr: tests } = await refused(stage, 'run', stage.proof);
    expect(tests).toMatch(/proof\.yaml:\d+:\d+: there is no folder "gone"/);
  });

  it.each([
    { words: ['--tests', './nowhere'], says: 'no kselftest folder' },
    { words: ['--tests', 'net tls'], says: 'neither a folder nor a target' },
    { words: ['--tests', '../net:tls'], says: 'no kselftest folder' },
    { words: ['--tests', 'net/tcp_ao'], says: 'none was given' },
    { words: ['--tests', 'net/tcp_ao', '--mutants'], says: 'without --tests' },
    { words: ['--image', 'debain'], says: 'Allowed choices are agent, host, debian' },
    { words: [`ARCH=${foreign}`, '--image', 'host'], says: `which ${foreign} guests cannot run` },
  ])('$words', async ({ words, says }) => {
    const { stderr } = await refused(setStage(), 'run', ...words);
    expect(stderr).toContain(says);
  });

  it('O= in the kernel tree, which is not written to', async () => {
    const stage = setStage();
    const inside = `O=${path.join(stage.tree, 'build')}`;
    const given = ['run', stage.proof, '--kernel', stage.tree, inside];
    expect((await refused(stage, ...given)).stderr).toContain('lies in the kernel tree');
  });

  it.each([
    { patch: 'empty', says: 'is empty' },
    { patch: 'prose', says: 'contains no diff' },
  ] as const)('a patch file that is $patch', async ({ patch, says }) => {
    const stage = setStage();
    const { stderr } = await refused(stage, 'run', stage.proof, '--patch', stage.patch(patch));
    expect(stderr).toContain(says);
  });

  it('a patch file that is not there', async () => {
    const stage = setStage();
    const { stderr } = await refused(stage, 'run', stage.proof, '--patch', 'none.patch');
    expect(stderr).toContain('none.patch cannot be read');
  });

  it('two patches without names', async () => {
    const stage = setStage();
    const file = stage.patch('good');
    const { stderr } = await refused(stage, 'run', stage.proof, '--patch', file, '--patch', file);
    expect(stderr).toContain('--patch v1=FILE --patch v2=FILE');
  });

  it('a proof without a patch, and none given', async () => {
    const stage = setStage();
    const yaml = 'version: 1\nname: bare\ntitle: A\ntests:\n  - { name: mine, folder: ../mine }\n';
    write(stage.folder, { 'proof/proof.yaml': yaml });
    const { stderr } = await refused(stage, 'run', stage.proof, '--kernel', stage.tree);
    expect(stderr).toContain('none was given');
  });

  it('a candidate that the proof does not know', async () => {
    const stage = setStage();
    const { stderr } = await refused(stage, 'run', stage.proof, '--candidate', 'v2');
    expect(stderr).toContain('has no candidate "v2"');
  });

  it.each([
    { more: [], says: 'has no mutants' },
    { more: ['--repeat', '0'], says: 'whole number from 1 to 10000' },
  ])('--mutants of a proof without any, $more', async ({ more, says }) => {
    const stage = setStage();
    const words = ['--kernel', stage.tree, '--mutants', ...more];
    const { stderr } = await refused(stage, 'run', stage.proof, ...words);
    expect(stderr).toContain(says);
  });

  it('--mutants with a choice of tests', async () => {
    const stage = setStage();
    const yaml = readFileSync(path.join(stage.proof, 'proof.yaml'), 'utf8');
    const mutant = `{ name: m, text: x, file: good.patch, series: ['6.12'], tests: ['*'] }`;
    write(stage.proof, { 'proof.yaml': `${yaml}mutants: [${mutant}]\n` });
    const words = ['--kernel', stage.tree, '--mutants', '--filter', 'one'];
    const { stderr } = await refused(stage, 'run', stage.proof, ...words);
    expect(stderr).toContain('names the tests that are run for it');
  });

  it.each([
    { spec: 'no-such-folder', says: 'neither a version nor a folder' },
    { spec: 'svn:6.12', says: 'not of a kind' },
    { spec: '.', says: 'is not a kernel source tree' },
  ])('--kernel $spec', async ({ spec, says }) => {
    const stage = setStage();
    const { stderr } = await refused(stage, 'run', stage.proof, '--kernel', spec);
    expect(stderr).toContain(says);
  });

  it('a profile that is not there', async () => {
    const stage = setStage();
    const words = ['--kernel', stage.tree, '--profile', 'leen'];
    const { stderr } = await refused(stage, 'run', stage.proof, ...words);
    expect(stderr).toContain('no profile called leen');
  });

  it('a run directory that is not empty stays as it is', async () => {
    const stage = setStage();
    write(stage.run, { 'events.jsonl': 'evidence of an earlier run\n' });
    const words = ['--kernel', stage.tree, '--output-dir', stage.run];
    const { stderr } = await refused(stage, 'run', stage.proof, ...words);
    expect(stderr).toContain('is not empty');
    expect(readdirSync(stage.run)).toEqual(['events.jsonl']);
  });

  it('a run directory that is a file', async () => {
    const stage = setStage();
    const words = ['--kernel', stage.tree, '--output-dir', stage.patch('good')];
    const { stderr } = await refused(stage, 'run', stage.proof, ...words);
    expect(stderr).toContain('cannot be used');
  });

  it.each([
    { kind: 'empty', text: '', says: 'no run has started in its events.jsonl' },
    { kind: 'of something else', text: '{"a":1}\n{"b":2}\n', says: 'events.jsonl:1 is no event' },
    { kind: 'without a start', text: '{"type":"run-finished"}\n', says: 'no run has started' },
  ])('verdict and report of a stream that is $kind', async ({ text, says }) => {
    const stage = setStage();
    write(stage.folder, { 'run/events.jsonl': text });
    for (const command of ['verdict', 'report']) {
      const { stderr } = await refused(stage, command, stage.run);
      expect(stderr).toContain(says);
      expect(readdirSync(stage.run)).toEqual(['events.jsonl']);
    }
  });

  it('a merge of nothing', async () => {
    const stage = setStage();
    write(stage.folder, { 'shards/keep': '' });
    const { stderr } = await refused(stage, 'merge', '../shards');
    expect(stderr).toContain('None of the folders is a run directory');
  });

  it('a patch where a proof is wanted', async () => {
    const stage = setStage();
    const file = stage.patch('good');
    const { stderr } = await refused(stage, 'run', file);
    expect(stderr).toContain(`${file} is a patch, not a proof.`);
    expect(stderr).toContain(`--patch ${file}`);
    const gone = await refused(stage, 'run', 'gone.patch');
    expect(gone.stderr).toContain('A patch is given with --patch');
  });

  it.each(['verdict', 'report'])('%s of a folder that is no run directory', async (command) => {
    const { stderr } = await refused(setStage(), command, '.');
    expect(stderr).toContain('it has no events.jsonl');
  });
});
