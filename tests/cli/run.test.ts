// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { descendants, allGone } from '../e2e/patchproof.ts';
import type { RunEvent } from '../../runner/events.ts';
import { parsePatch } from '../../runner/kernel/patch/parse.ts';
import type { Verdict } from '../../runner/verdict/model.ts';
import { write } from '../kernel/helpers.ts';
import type { Script } from '../pipeline/script.ts';
import { eventsOf, patches, setStage, warmStage, type Stage } from '../pipeline/stage.ts';
import { patchproof, start, type Ended } from './patchproof.ts';

// A busy host may take its time.
vi.setConfig({ testTimeout: 60_000 });

const reports = [
  'evidence.json',
  'verdict.json',
  'results.tap',
  'report.txt',
  'report.html',
  'report.md',
  'junit.xml',
];

function words(stage: Stage, ...more: readonly string[]): string[] {
  return ['run', stage.proof, '--kernel', stage.tree, '--output-dir', stage.run, ...more];
}

async function run(stage: Stage, ...more: readonly string[]): Promise<Ended> {
  return patchproof(stage.folder, ...words(stage, ...more));
}

function read(stage: Stage, name: string): string {
  return readFileSync(path.join(stage.run, name), 'utf8');
}

/** Starts a run and waits until an event is on disk, by default its first test result. */
async function startUntil(
  script: Partial<Script>,
  event: RunEvent['type'] = 'test-result',
): Promise<ReturnType<typeof start> & { stage: Stage }> {
  const stage = warmStage(script);
  const running = start(stage.folder, ...words(stage));
  await expect
    .poll(() => eventsOf(stage.run).some(({ type }) => type === event), { timeout: 50_000 })
    .toBe(true);
  return { stage, ...running };
}

describe('patchproof run', () => {
  it('proved: the result on stdout, progress on stderr, and a whole run directory', async () => {
    const stage = setStage();
    const { status, stdout, stderr } = await run(stage);
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toBe(read(stage, 'report.txt'));
    expect(stdout).toContain('proved');
    expect(stderr).toMatch(/ base: build: .*\n(.*\n)*.* patched: patch: applies exactly/);
    expect(stderr).toContain('The evidence is in run\n');
    expect(readdirSync(stage.run).toSorted()).toEqual(
      [...reports, 'cells', 'events.jsonl', 'plan.json', 'run.json'].toSorted(),
    );
    expect(stage.booted()).toEqual(['base tcg', 'patched tcg', 'base tcg']);

    const before = reports.map((name) => read(stage, name));
    const verdict = await patchproof(stage.folder, 'verdict', 'run');
    expect(verdict).toEqual({ status: 0, stdout, stderr: '' });
    for (const name of reports) rmSync(path.join(stage.run, name));
    const report = await patchproof(stage.folder, 'report', 'run');
    expect(report).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(reports.map((name) => read(stage, name))).toEqual(before);
  });

  it('--json: verdict.json on stdout and nothing else, from run and from verdict', async () => {
    const stage = warmStage({ patched: [{ two: 'fail' }] });
    const { status, stdout } = await run(stage, '--json');
    expect(status).toBe(1);
    const verdict = JSON.parse(stdout) as Verdict;
    expect(verdict.overall).toBe('not proved');
    expect(verdict).toEqual(JSON.parse(read(stage, 'verdict.json')));
    expect(stdout.trimEnd()).not.toContain('\n');
    const again = await patchproof(stage.folder, 'verdict', 'run', '--json');
    expect(again).toEqual({ status: 1, stdout, stderr: '' });
  });

  it('--strict: known harm counts, in the run and in what is made of its record', async () => {
    const stage = warmStage({ patched: [{ two: 'fail' }] });
    const { hash } = parsePatch(patches.good, 'good.patch');
    const yaml = readFileSync(path.join(stage.proof, 'proof.yaml'), 'utf8');
    const harm = `knownHarm: [{ patch: ${hash}, match: 'mine:two/*', reason: accepted }]\n`;
    write(stage.proof, { 'proof.yaml': yaml + harm });
    const { status } = await run(stage, '--strict');
    expect(status).toBe(1);
    const strict = reports.map((name) => read(stage, name));
    expect((await patchproof(stage.folder, 'report', 'run')).status).toBe(0);
    expect(read(stage, 'verdict.json')).toContain('"overall": "proved"');
    expect((await patchproof(stage.folder, 'report', 'run', '--strict')).status).toBe(0);
    expect(reports.map((name) => read(stage, name))).toEqual(strict);
    expect((await patchproof(stage.folder, 'verdict', 'run')).status).toBe(0);
    expect((await patchproof(stage.folder, 'verdict', 'run', '--strict')).status).toBe(1);
  });

  it('without --output-dir the run directory is below patchproof-runs; O= has the kernels', async () => {
    const stage = warmStage();
    const given = ['run', stage.proof, '--kernel', stage.tree, '--patch', stage.patch('comment')];
    const { status, stdout } = await patchproof(stage.folder, ...given, 'O=kernels');
    expect(status).toBe(1);
    expect(stdout).toContain('the built kernel is the same');
    const [name = ''] = readdirSync(path.join(stage.folder, 'patchproof-runs'));
    expect(name).toMatch(/^\d{4}-\d\d-\d\dT\d{6}-mine$/);
    const [cell = ''] = readdirSync(path.join(stage.folder, 'kernels'));
    for (const variant of ['base', 'patched']) {
      const folder = path.join(stage.folder, 'kernels', cell, 'lean', variant);
      const files = ['.config', 'System.map', 'bzImage', 'vmlinux'];
      expect(readdirSync(folder).toSorted()).toEqual(files);
      expect(readFileSync(path.join(folder, 'bzImage'), 'utf8')).toContain('int two(void)');
    }
    // The next build starts from what is in the cache, not from there.
    const made = stage.made().join('\n');
    expect(made).toContain('O=/');
    expect(made).not.toContain(path.join(stage.folder, 'kernels'));
  });

  it('an O= that cannot be written to, before anything is made', async () => {
    const stage = warmStage();
    write(stage.folder, { taken: 'a file\n' });
    const { status, stderr } = await run(stage, 'O=taken');
    expect(status).toBe(2);
    expect(stderr).toContain('O=taken cannot be written to: EEXIST');
    expect(existsSync(path.join(stage.folder, 'run'))).toBe(false);
  });

  it('an O= that takes no kernel: no verdict, with the reason, and no word of the patch', async () => {
    const stage = warmStage();
    expect((await run(stage, 'O=kernels')).status).toBe(0);
    const [cell = ''] = readdirSync(path.join(stage.folder, 'kernels'));
    // In the way of the candidate's kernel, base's has gone there.
    const taken = path.join('kernels', cell, 'lean', 'patched');
    for (const made of [stage.run, path.join(stage.folder, taken)])
      rmSync(made, { recursive: true });
    write(stage.folder, { [taken]: 'a file\n' });
    const { status, stderr } = await run(stage, 'O=kernels');
    expect(status).toBe(69);
    expect(stderr).toMatch(/cannot be copied to .*lean\/patched/);
    expect(stderr).toContain('EEXIST');
  });

  it('a patch that does not compile: exit 1, with file and line in the result and the log named', async () => {
    const stage = warmStage();
    const { status, stdout, stderr } = await run(stage, '--patch', stage.patch('no-compile'));
    expect(status).toBe(1);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('net/two.c:2:2: error: planted');
    const log = /^ {2}log: (.*)$/m.exec(stderr)?.[1] ?? '';
    expect(readFileSync(log, 'utf8')).toContain('planted');
  });

  it('a patch that does not apply: exit 69, the hunk beside the file, before anything is built', async () => {
    const stage = setStage();
    const { status, stderr } = await run(stage, '--patch', stage.patch('stranger'));
    expect(status).toBe(69);
    expect(stderr).toContain('-int three(void)');
    expect(stderr).toContain('+int two(void)');
    expect(stderr).toContain(`--patch ${stage.patch('good')}`);
    expect(stage.made()).toEqual([]);
  });

  it('a report that cannot be written is said so; the others are written and the verdict stands', async () => {
    const { stage, ended, child } = await startUntil({}, 'run-started');
    mkdirSync(path.join(stage.run, 'results.tap'));
    const { status, stderr } = await ended;
    expect(child.exitCode).toBe(0);
    expect(status).toBe(0);
    expect(stderr).toContain('a report failed: ReporterError: results.tap: ');
    expect(read(stage, 'report.txt')).toContain('proved');
  });
});

describe('patchproof run, cut short', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s: exit 130, a record that ends in run-interrupted, and no process left',
    async (signal) => {
      const { stage, ended, child } = await startUntil({ base: [{ one: 'hang' }] });
      const below = descendants(child.pid ?? 0).map(({ pid }) => pid);
      expect(below.length).toBeGreaterThan(1);
      child.kill(signal);
      const { status, stdout, stderr } = await ended;
      expect(status, stderr).toBe(130);
      expect(stdout).toContain('interrupted');
      expect(eventsOf(stage.run).at(-1)).toMatchObject({ type: 'run-interrupted', signal });
      await allGone(below, 2_000);
      const verdict = await patchproof(stage.folder, 'verdict', 'run');
      expect(verdict).toMatchObject({ status: 69, stdout });
    },
  );

  it('SIGKILL: what is on disk is read up to the last whole line, and there is no verdict', async () => {
    const { stage, ended, child } = await startUntil({ base: [{ one: 'hang' }] });
    const below = descendants(child.pid ?? 0).map(({ pid }) => pid);
    expect(below.length).toBeGreaterThan(1);
    child.kill('SIGKILL');
    await ended;
    await allGone(below, 2_000);
    const { status, stdout } = await patchproof(stage.folder, 'verdict', 'run');
    expect(status).toBe(69);
    expect(stdout).toContain('The record ends before the run did');
  });
});
