// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import type { Verdict } from '../../runner/verdict/model.ts';
import { patchproof } from '../cli/patchproof.ts';
import { fakeCommands, setEnv, temporary, write } from '../kernel/helpers.ts';
import { sharedFolder } from '../pipeline/shared.ts';
import { patchText, setStage } from '../pipeline/stage.ts';
import { project } from './files.ts';
import { newMachine, runAction, runWorkflow, type Result } from './runner.ts';
import { localWorld, type LocalWorld } from './world.ts';

// Whole runs, one after the other.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });

const git = (cwd: string, ...words: string[]): string =>
  execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...words], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** A repository of what a clone of this project would hold, with what is not committed yet. No job needs the tests. */
function repositoryOf(folder: string): void {
  const listed = git(project, 'ls-files', '-z', '--cached', '--others', '--exclude-standard');
  for (const name of listed.split('\0'))
    if (name !== '' && !name.startsWith('tests/') && existsSync(path.join(project, name)))
      cpSync(path.join(project, name), path.join(folder, name), { recursive: true });
  git(folder, 'init', '-q');
  git(folder, 'add', '--all', '--force');
  git(folder, 'commit', '-q', '-m', 'all');
}

/** The packages of package-lock.json as npm would have installed them, without asking the network. */
function installPackages(clone: string): void {
  const modules = path.join(clone, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(path.join(project, 'node_modules')))
    if (name !== '.patchproof-lock.json' && name !== '.cache')
      symlinkSync(path.join(project, 'node_modules', name), path.join(modules, name));
  // Compiled modules, known by where they lie from here: one clone has them from another.
  symlinkSync(
    sharedFolder('compiled', () => undefined),
    path.join(modules, '.cache'),
  );
  cpSync(path.join(clone, 'package-lock.json'), path.join(modules, '.patchproof-lock.json'));
}

/** A world in which `project` is this project, and any other repository the caller's. */
function worldOf(github: Record<string, unknown>, caller?: string): LocalWorld {
  fakeCommands({ node: `#!/bin/sh\nexec ${process.execPath} "$@"\n` });
  const own = ['PATH', 'FAKE_VNG_SCRIPT', 'MAKE_CALLS', 'COMPILED', 'PATCHPROOF_ACCEL'];
  const environment = {
    ...Object.fromEntries(own.map((name) => [name, process.env[name] ?? ''])),
    HOME: temporary(),
    NODE_COMPILE_CACHE_PORTABLE: '1',
    PATCHPROOF_KVM_DEVICE: '/nowhere',
  };
  const world = localWorld({ event: {}, ...github }, environment, (inputs, machine) => {
    const isProject = inputs['repository'] === 'project' || caller === undefined;
    const from = isProject ? path.join(world.folder, 'project') : (caller ?? '');
    const to = path.join(machine.workspace, inputs['path'] ?? '.');
    const depth = inputs['fetch-depth'] ?? '1';
    git(machine.workspace, 'clone', '-q', `--depth=${depth}`, `file://${from}`, to);
    if (isProject) installPackages(to);
  });
  mkdirSync(path.join(world.folder, 'project'));
  repositoryOf(path.join(world.folder, 'project'));
  return world;
}

const verdictOf = (world: LocalWorld, artifact: string): Verdict =>
  JSON.parse(readFileSync(path.join(world.artifacts, artifact, 'verdict.json'), 'utf8')) as Verdict;
const logOf = (result: Result | undefined): string =>
  (result?.steps ?? []).map((it) => it.log).join('');

const candidates = `candidates:
  v1: { patches: [{ file: v1.patch, series: ['6.12'] }] }
  v2: { patches: [{ file: v2.patch, series: ['6.12'] }] }
`;

it('the whole matrix and its merge, from a fresh clone', async () => {
  const stage = setStage({ v1: [{ two: 'fail' }], v2: [{}] });
  write(stage.proof, {
    'proof.yaml': readFileSync(path.join(stage.proof, 'proof.yaml'), 'utf8').replace(
      'tests:',
      `${candidates}tests:`,
    ),
    'v1.patch': patchText('/* PATCHED_v1 */'),
    'v2.patch': patchText('/* PATCHED_v2 */'),
  });
  const world = worldOf({
    event_name: 'workflow_dispatch',
    ref: 'refs/heads/main',
    sha: 'x',
  });
  const { jobs } = runWorkflow(
    path.join(world.folder, 'project/.github/workflows/proof.yml'),
    { proof: stage.proof, kernel: stage.tree, candidate: 'v1 v2', jobs: '3' },
    world,
  );
  const [proof] = jobs['tcp-repair'] ?? [];
  expect(proof?.outcome, logOf(proof)).toBe('success');
  expect(proof?.outputs).toEqual({ verdict: 'proved' });

  const names = readdirSync(world.artifacts);
  const shards = names.filter((name) => name.startsWith('patchproof-shard-'));
  expect(shards).toHaveLength(3);
  expect(names).toHaveLength(4);
  expect(shards.map((name) => verdictOf(world, name).overall)).toEqual(
    shards.map(() => 'no verdict'),
  );
  const merged = verdictOf(world, 'patchproof-merged');
  expect(merged.candidates).toMatchObject({
    v1: { overall: 'not proved' },
    v2: { overall: 'proved' },
  });
  expect(Object.keys(merged.tests[0]?.outcomes ?? {})).toEqual(['base', 'v1', 'v2']);
  // One summary for all of them.
  const summaries = (proof?.steps ?? []).flatMap(({ summary }) => (summary === '' ? [] : summary));
  expect(summaries).toHaveLength(1);
  expect(summaries[0]).toMatch(/^## patchproof: proved\n/);
  // What guests and patches wrote is printed where the runner takes no command from it.
  const runs = (proof?.steps ?? []).filter(({ name }) => name === 'Run');
  expect(runs).toHaveLength(4);
  for (const { log } of runs)
    expect(log).toMatch(/^::stop-commands::(\S+)\npatchproof: [^]*?^::\1::$/m);
  setEnv('GITHUB_ACTIONS', 'true');
  const judged = await patchproof(world.artifacts, 'verdict', 'patchproof-merged');
  expect(judged.stdout).toMatch(/^::stop-commands::(\S+)\npatchproof: [^]*\n::\1::\n$/);
  // Every job had a machine of its own; a second shard found the kernels of the first.
  expect(stage.made().filter((words) => words.endsWith('bzImage'))).toHaveLength(2 * 2);

  // A job that brought nothing is named, and there is no verdict.
  const [lost = ''] = shards.filter((name) => name.endsWith('of2'));
  rmSync(path.join(world.artifacts, lost), { recursive: true });
  const machine = newMachine(world);
  cpSync(world.artifacts, path.join(machine.workspace, 'shards'), { recursive: true });
  rmSync(path.join(machine.workspace, 'shards/patchproof-merged'), { recursive: true });
  const action = path.join(machine.workspace, 'patchproof');
  git(machine.workspace, 'clone', '-q', path.join(world.folder, 'project'), action);
  installPackages(action);
  const part = runAction(
    action,
    { merge: 'shards' },
    { github: world.github, strategy: {} },
    world,
    machine,
  );
  expect(part.outcome).toBe('failure');
  expect(part.outputs).toMatchObject({ verdict: 'no verdict', 'exit-code': '69' });
  expect(logOf(part)).toMatch(/shard \d of 2 is missing/);
});

it("a kernel fork's pull request: its commits against the tree without them", () => {
  const stage = setStage();
  git(stage.tree, 'init', '-q', '-b', 'main');
  git(stage.tree, 'add', '--all');
  git(stage.tree, 'commit', '-q', '-m', 'older');
  git(stage.tree, 'commit', '-q', '--allow-empty', '-m', 'the base of the pull request');
  write(stage.tree, { 'net/two.c': 'int two(void)\n/* PATCHED */\n{\n\treturn 2;\n}\n' });
  git(stage.tree, 'commit', '-q', '-am', 'two: stop losing');
  write(stage.tree, { 'net/three.c': 'int three(void)\n{\n\treturn 4;\n}\n' });
  git(stage.tree, 'commit', '-q', '-am', 'three: is four');
  const pull_request = { number: 7, commits: 2, head: { sha: 'the head' } };
  const world = worldOf(
    { event_name: 'pull_request', ref: 'refs/pull/7/merge', event: { pull_request } },
    stage.tree,
  );
  const { jobs, outputs } = runWorkflow(
    path.join(world.folder, 'project/.github/workflows/prove.yml'),
    { commits: pull_request.commits, proof: stage.proof },
    world,
  );
  const all = Object.values(jobs).flat();
  expect(
    all.map(({ outcome }) => outcome),
    all.map(logOf).join('\n'),
  ).toEqual(['success', 'success', 'success']);
  expect(outputs).toEqual({ verdict: 'proved' });
  expect(world.caches.size).toBe(1);
  for (const key of world.caches.keys()) expect(key).toContain('-pull_request-7-');
  const shard = path.join(world.artifacts, 'patchproof-shard-kernel-lean-patched');
  const applied = readFileSync(path.join(shard, 'cells/kernel/lean/patched/applied.patch'), 'utf8');
  expect(applied).toContain('+/* PATCHED */');
  expect(applied).toContain('+\treturn 4;');
});

it('the example for GitLab: its jobs, and its merge', () => {
  const stage = setStage({ v1: [{}], v2: [{}] });
  write(stage.proof, {
    'proof.yaml': readFileSync(path.join(stage.proof, 'proof.yaml'), 'utf8').replace(
      'tests:',
      `${candidates}tests:`,
    ),
    'v1.patch': patchText('/* PATCHED_v1 */'),
    'v2.patch': patchText('/* PATCHED_v2 */'),
  });
  const text = readFileSync(path.join(project, 'docs/ci/gitlab-ci.yml'), 'utf8')
    .replaceAll('tcp-repair', stage.proof)
    .replaceAll("['6.1', '6.12']", `['${stage.tree}']`)
    .replace('--kernel 6.1 --kernel 6.12', `--kernel ${stage.tree}`)
    .replace('--jobs 8', '--jobs 4');
  const file = parse(text) as {
    prove: { script: string[]; parallel: { matrix: Record<string, string[]>[] } };
    merge: { script: string[] };
  };
  const clone = path.join(temporary(), 'clone');
  mkdirSync(clone);
  repositoryOf(clone);
  installPackages(clone);
  fakeCommands({ node: `#!/bin/sh\nexec ${process.execPath} "$@"\n` });
  const run = (script: readonly string[], variables: Record<string, string>): string =>
    execFileSync('sh', ['-e', '-c', script.join('\n')], {
      cwd: clone,
      encoding: 'utf8',
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: undefined,
        NODE_COMPILE_CACHE_PORTABLE: '1',
        CI: 'true',
        ...variables,
      },
    });
  const [matrix = {}] = file.prove.parallel.matrix;
  const jobs = Object.entries(matrix).reduce<Record<string, string>[]>(
    (made, [name, values]) =>
      made.flatMap((job) => values.map((value) => ({ ...job, [name]: value }))),
    [{}],
  );
  expect(jobs).toHaveLength(4);
  for (const [index, job] of jobs.entries())
    run(file.prove.script, { ...job, CI_NODE_INDEX: String(index + 1) });
  expect(run(file.merge.script, {})).toContain('patchproof: proved');
  expect(existsSync(path.join(clone, 'merged/junit.xml'))).toBe(true);
});
