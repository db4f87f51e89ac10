// SPDX-License-Identifier: MIT
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { temporary, write } from '../kernel/helpers.ts';
import { project } from './files.ts';
import { newMachine, runAction, type Machine, type Result } from './runner.ts';
import { localWorld, type LocalWorld } from './world.ts';

// Each case starts a good dozen of shells.
vi.setConfig({ testTimeout: 60_000 });

/** Stands for patchproof: notes its words, leaves a run directory and outputs, ends as it is told. */
const stub = `#!/bin/bash
printf '%s\\n' "$@" >"$(dirname "$0")/words"
pwd >"$(dirname "$0")/cwd"
for word; do case $word in --output-dir=*) run=\${word#*=} ;; esac; done
[ "$STATUS" = 2 ] && exit 2
mkdir -p "$run" "$PATCHPROOF_CACHE_DIR/kernels/\${KERNELS-new}" "$PATCHPROOF_CACHE_DIR/ccache"
echo "{}" >"$run/verdict.json"
if [ "$STATUS" = wait ]; then
  trap 'echo interrupted >>"$run/verdict.json"; kill $!; exit 130' INT
  sleep 60 >/dev/null 2>&1 & wait
fi
echo "kernels=\${KERNELS-new}" >>"$GITHUB_OUTPUT"
echo 'verdict=not proved' >>"$GITHUB_OUTPUT"
exit "$STATUS"
`;

interface Case {
  world: LocalWorld;
  action: string;
  run(
    inputs?: Record<string, string>,
    more?: Record<string, string>,
  ): Result & { machine: Machine };
  /** The words that patchproof got. */
  words(): string[];
}

/** The action beside a stub, in a bare environment. */
function setCase(github: Record<string, unknown> = {}, jobIndex = 0): Case {
  const action = path.join(temporary(), 'action');
  mkdirSync(path.join(action, 'runner/setup'), { recursive: true });
  for (const file of ['action.yml', 'runner/setup/kvm.sh'])
    copyFileSync(path.join(project, file), path.join(action, file));
  write(action, { patchproof: stub });
  const environment: Record<string, string> = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    PATCHPROOF_KVM_DEVICE: '/nowhere',
  };
  const world = localWorld(
    { event_name: 'push', ref: 'refs/heads/main', event: {}, job: 'a-job', ...github },
    environment,
    () => undefined,
  );
  const contexts = { github: world.github, strategy: { 'job-index': jobIndex } };
  let once: Machine | undefined;
  return {
    world,
    action,
    run(inputs = {}, more = { STATUS: '0' }) {
      Object.assign(environment, more);
      // A cache is found again only below the same path, so the machines of a case share theirs.
      once ??= newMachine(world);
      return { ...runAction(action, inputs, contexts, world, once), machine: once };
    },
    words: () => readFileSync(path.join(action, 'words'), 'utf8').split('\n').slice(0, -1),
  };
}

const outcomeOf = (result: Result, name: string): string | undefined =>
  result.steps.find((it) => it.name === name)?.outcome;

describe('what patchproof is given', () => {
  it('inputs become options, each value one', () => {
    const it = setCase();
    it.run({
      proof: 'mine',
      patch: 'v1=a b.patch\nv2=c.patch\n',
      candidate: 'v3',
      kernel: ' 6.1\n6.12 ',
      profile: 'lean',
      tests: 'mine:one/*\nmine:two',
      repeat: '3',
      shard: '2/4',
      durations: 'old run',
      strict: 'true',
    });
    const [command, yes, output, ...others] = it.words();
    expect([command, yes, output]).toEqual([
      'run',
      '--yes',
      expect.stringMatching(/^--output-dir=.*\/run$/),
    ]);
    expect(others).toEqual([
      '--strict',
      '--patch=v1=a b.patch',
      '--patch=v2=c.patch',
      '--candidate=v3',
      '--kernel=6.1',
      '--kernel=6.12',
      '--profile=lean',
      '--filter=mine:one/*',
      '--filter=mine:two',
      '--repeat=3',
      '--shard=2/4',
      '--durations=old run',
      '--',
      'mine',
    ]);
  });

  it('without inputs it is the built-in proof alone', () => {
    const it = setCase();
    it.run();
    expect(it.words().slice(3)).toEqual(['--', 'tcp-repair']);
  });

  it('with merge, the shards', () => {
    const it = setCase();
    it.run({ merge: 'shards', matrix: 'matrix.json', strict: 'true' });
    expect(it.words()).toEqual([
      'merge',
      expect.stringMatching(/^--output-dir=/),
      '--strict',
      '--matrix=matrix.json',
      '--',
      'shards',
    ]);
    expect(it.world.asked).toEqual([expect.stringMatching(/^upload patchproof-merged-[0-9a-f]+$/)]);
  });

  it('paths start from the working directory', () => {
    const it = setCase();
    const machine = it.run().machine;
    mkdirSync(path.join(machine.workspace, 'source'));
    it.run({ 'working-directory': 'source' });
    expect(readFileSync(path.join(it.action, 'cwd'), 'utf8')).toBe(`${machine.workspace}/source\n`);
  });

  it('no input is taken for shell, for an option or for a command to the runner', () => {
    const it = setCase();
    const evil = '$(touch evil) `touch evil`; touch evil\n--json\r\n::error::x\n"\'\\';
    const result = it.run({
      patch: evil,
      tests: '* $HOME',
      proof: '--help',
      'artifact-name': evil,
    });
    expect(it.words().slice(3)).toEqual([
      '--patch=$(touch evil) `touch evil`; touch evil',
      '--patch=--json',
      '--patch=::error::x',
      '--patch="\'\\',
      '--filter=* $HOME',
      '--',
      '--help',
    ]);
    expect(readdirSync(result.machine.workspace)).toEqual([]);
    for (const { log } of result.steps) expect(log).not.toMatch(/^::error::x/m);
    expect(result.outputs['artifact-name']).toMatch(/^[\w.+-]+$/);
  });
});

describe('how the step ends', () => {
  it.each([
    ['0', undefined, 'success'],
    ['1', undefined, 'failure'],
    ['69', undefined, 'failure'],
    ['1', 'no-verdict', 'success'],
    ['69', 'no-verdict', 'failure'],
    ['69', 'not-proved', 'success'],
    ['1', 'never', 'success'],
    ['69', 'never', 'success'],
    ['2', 'never', 'failure'],
    ['1', ' no-verdict , not-proved ', 'failure'],
  ])('exit code %s with fail-on %s: %s', (STATUS, failOn, outcome) => {
    const it = setCase();
    const result = it.run(failOn === undefined ? {} : { 'fail-on': failOn }, { STATUS });
    expect(result.outcome).toBe(outcome);
    expect(result.outputs['exit-code']).toBe(STATUS);
    // The run itself never fails: what it left is uploaded first.
    expect(outcomeOf(result, 'Run')).toBe('success');
  });

  it.each([
    [{ 'fail-on': 'broken' }, 'fail-on'],
    [{ 'fail-on': '' }, 'fail-on'],
    [{ 'timeout-minutes': '1h' }, 'whole numbers'],
    [{ 'timeout-minutes': '10', 'reserve-minutes': '10' }, 'reserve-minutes'],
  ])('%o is refused before anything is run', (inputs, said) => {
    const it = setCase();
    const result = it.run(inputs);
    expect(result.outcome).toBe('failure');
    expect(result.steps[0]?.log).toMatch(new RegExp(`^::error title=patchproof::.*${said}`));
    expect(existsSync(path.join(it.action, 'words'))).toBe(false);
    expect(it.world.asked).toEqual([]);
  });

  it('outputs: the verdict, and where the reports are', () => {
    const it = setCase();
    const { outputs } = it.run({}, { STATUS: '1' });
    expect(outputs).toMatchObject({ verdict: 'not proved', 'exit-code': '1' });
    const run = outputs['run-directory'] ?? '';
    expect(readFileSync(outputs['verdict-json'] ?? '', 'utf8')).toBe('{}\n');
    expect(outputs['report-html']).toBe(path.join(run, 'report.html'));
    expect(outputs['junit']).toBe(path.join(run, 'junit.xml'));
  });

  it('a run is stopped in time to be uploaded, and may still write', () => {
    const it = setCase();
    const action = path.join(it.action, 'action.yml');
    const text = readFileSync(action, 'utf8');
    // A minute is the least that a person can give.
    write(it.action, {
      'action.yml': text.replace('RESERVE_MINUTES) * 60', 'RESERVE_MINUTES) * 2'),
    });
    const result = it.run({ 'timeout-minutes': '2', 'reserve-minutes': '1' }, { STATUS: 'wait' });
    expect(result.outcome).toBe('failure');
    expect(result.outputs['exit-code']).toBe('130');
    expect(result.steps.map((step) => step.log).join('')).toContain(
      '::error title=patchproof::The run was stopped',
    );
    const uploaded = path.join(
      it.world.artifacts,
      result.outputs['artifact-name'] ?? '',
      'verdict.json',
    );
    expect(readFileSync(uploaded, 'utf8')).toBe('{}\ninterrupted\n');
  });
});

describe('the artifact', () => {
  it('is uploaded also at a failure, under a name that is legal', () => {
    const it = setCase();
    const inputs = { kernel: 'git:https://host/a/b#v6.12', patch: '<x@y>' };
    const { outputs, outcome } = it.run(inputs, { STATUS: '69' });
    expect(outcome).toBe('failure');
    const name = outputs['artifact-name'] ?? '';
    expect(name).toMatch(/^patchproof-tcp-repair-git-https-host-a-b-v6.12-/);
    expect(readdirSync(path.join(it.world.artifacts, name))).toEqual(['verdict.json']);
  });

  it('has a name of its own for each shard and job', () => {
    const names = [
      { job: 'a', index: 0, shard: 'a?b' },
      { job: 'a', index: 0, shard: 'a*b' },
      { job: 'a', index: 1, shard: 'a?b' },
      { job: 'b', index: 0, shard: 'a?b' },
    ].map(({ job, index, shard }) => {
      const { outputs } = setCase({ job }, index).run({ shard, cache: 'false' });
      return outputs['artifact-name'];
    });
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the caches', () => {
  it('keep the kernels of the run, by their content, and are not saved twice', () => {
    const it = setCase();
    it.run({}, { STATUS: '1' });
    const [kernels, ccache] = it.world.caches.keys();
    expect(kernels).toMatch(/^patchproof-kernels-trusted-Linux-X64-[0-9a-f]{16}-[0-9a-f]{32}$/);
    expect(ccache).toMatch(/^patchproof-ccache-trusted-Linux-X64-[0-9a-f]{16}-[0-9a-f]{32}$/);
    it.run({}, { STATUS: '0' });
    expect(it.world.caches.size).toBe(2);
    // Another kernel is another cache, and the one that is not used any more is not in it.
    it.run({}, { STATUS: '0', KERNELS: 'newer' });
    const [first, , newest] = it.world.caches.values();
    expect(it.world.caches.size).toBe(4);
    expect(readdirSync(first ?? '')).toEqual(['new']);
    expect(readdirSync(newest ?? '')).toEqual(['newer']);
  });

  it('a pull request has its own, and nobody else asks for them', () => {
    const keysOf = (github: Record<string, unknown>) => {
      const it = setCase(github);
      it.run();
      const asked = (verb: string): string[] =>
        it.world.asked.flatMap((line) => (line.startsWith(verb) ? line.slice(verb.length) : []));
      return { saved: asked('save '), restored: asked('restore ') };
    };
    const pull = (number: number, event_name = 'pull_request') =>
      keysOf({ event_name, ref: 'refs/heads/main', event: { pull_request: { number } } });
    const trusted = ['push', 'schedule', 'workflow_dispatch'].map((event_name) =>
      keysOf({ event_name }),
    );
    const strangers = [
      pull(1),
      pull(2),
      pull(1, 'pull_request_target'),
      keysOf({ event_name: 'issue_comment' }),
    ];
    for (const [index, { saved }] of strangers.entries()) {
      expect(saved).toHaveLength(2);
      const others = [...trusted, ...strangers.toSpliced(index, 1)];
      for (const { restored } of others)
        for (const prefix of restored)
          for (const key of saved) expect(key.startsWith(prefix)).toBe(false);
    }
    // They may read what trusted branches built.
    expect(strangers[0]?.restored.some((prefix) => trusted[0]?.saved[0]?.startsWith(prefix))).toBe(
      true,
    );
  });

  it('are left alone when told so, and after a run that has no kernels', () => {
    const off = setCase();
    off.run({ cache: 'false' });
    expect(off.world.asked).toEqual([expect.stringMatching(/^upload /)]);
    const wrong = setCase();
    wrong.run({}, { STATUS: '2' });
    expect(wrong.world.caches.size).toBe(0);
  });
});
