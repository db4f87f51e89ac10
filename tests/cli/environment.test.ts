// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { fakeTree, setEnv, write } from '../kernel/helpers.ts';
import { setStage, warmStage, type Stage } from '../pipeline/stage.ts';
import { patchproof } from './patchproof.ts';

vi.setConfig({ testTimeout: 60_000 });

/** What a run would do, by the lines of its plan. */
async function planned(
  stage: Stage,
  file: string,
  variables: Readonly<Record<string, string>>,
  ...flags: readonly string[]
): Promise<string> {
  const yaml = readFileSync(path.join(stage.proof, 'proof.yaml'), 'utf8');
  write(stage.proof, { 'proof.yaml': `${yaml}kernels: [${stage.tree}]\n${file}` });
  for (const [name, value] of Object.entries(variables)) setEnv(`PATCHPROOF_${name}`, value);
  const ended = await patchproof(stage.folder, 'run', stage.proof, '--dry-run', ...flags);
  expect(ended.status, ended.stderr).toBe(0);
  return ended.stdout;
}

const inFile = 'cpus: 3\nmemory: 300\nrepeat: 3\n';
const inEnvironment = { CPUS: '4', MEMORY: '400', REPEAT: '4', JOBS: '5' };

describe('flags before the environment before the file before the defaults', () => {
  it.each([
    {
      from: 'nothing',
      file: '',
      variables: {},
      flags: [],
      vm: '2 CPUs, 1024 MiB',
      times: 'once',
      jobs: String.raw`\d+`,
    },
    {
      from: 'the file',
      file: inFile,
      variables: {},
      flags: [],
      vm: '3 CPUs, 300 MiB',
      times: '3 times',
      jobs: String.raw`\d+`,
    },
    {
      from: 'the environment',
      file: inFile,
      variables: inEnvironment,
      flags: [],
      vm: '4 CPUs, 400 MiB',
      times: '4 times',
      jobs: '5',
    },
    {
      from: 'flags',
      file: inFile,
      variables: inEnvironment,
      flags: ['--cpus', '1', '--memory', '500', '--repeat', '5', '--jobs', '6'],
      vm: '1 CPUs, 500 MiB',
      times: '5 times',
      jobs: '6',
    },
    {
      from: 'the file, where variables are empty',
      file: inFile,
      variables: { CPUS: '', MEMORY: '', REPEAT: '', JOBS: '', KERNEL: '', PROFILE: '' },
      flags: [],
      vm: '3 CPUs, 300 MiB',
      times: '3 times',
      jobs: String.raw`\d+`,
    },
  ])('$from', async ({ file, variables, flags, vm, times, jobs }) => {
    const text = await planned(setStage(), file, variables, ...flags);
    expect(text).toContain(`   ${vm}, tcg`);
    expect(text).toContain(`everything ${times} on each side`);
    expect(text).toMatch(new RegExp(` -j${jobs} bzImage`));
  });

  it('kernels: a list between blanks; the plan says who named them', async () => {
    const stage = warmStage();
    const other = fakeTree({ 'tools/keep': '', 'net/four.c': '' });
    const both = await planned(stage, '', { KERNEL: ` ${stage.tree}  ${other}\n` });
    expect(both.match(/^# Cell /gm)).toHaveLength(2);
    expect(both).toContain(`Kernel ${other} from PATCHPROOF_KERNEL, profile lean from the proof.`);
    const flag = await patchproof(
      stage.folder,
      ...['run', stage.proof, '--dry-run', '--kernel', stage.tree],
    );
    expect(flag.stdout.match(/^# Cell /gm)).toHaveLength(1);
    expect(flag.stdout).toContain(`Kernel ${stage.tree} from the command line`);
  });

  it('profiles, of the matrix as well', async () => {
    const stage = warmStage();
    setEnv('PATCHPROOF_PROFILE', 'lean leen');
    const { stdout } = await patchproof(stage.folder, 'matrix', stage.proof);
    expect(JSON.parse(stdout)).toMatchObject({
      include: [{ profile: 'lean' }, { profile: 'leen' }],
    });
    // Other tests than the proof's need no proof.
    const given = ['matrix', '--tests', 'net/tcp_ao', '--patch', stage.patch('good')];
    const tests = await patchproof(stage.folder, ...given);
    expect(JSON.parse(tests.stdout)).toMatchObject({
      include: [{ kernel: '6.12', profile: 'lean' }, { profile: 'leen' }],
    });
    const wrong = await patchproof(stage.folder, 'matrix', '--tests', 'net tls');
    expect(wrong.status).toBe(2);
  });
});

it('a variable that makes no sense is wrong use, and named', async () => {
  const stage = warmStage();
  setEnv('PATCHPROOF_CPUS', 'many');
  const { status, stderr } = await patchproof(stage.folder, 'run', stage.proof);
  expect(status).toBe(2);
  expect(stderr).toContain("from env 'PATCHPROOF_CPUS'");
  expect(stderr).toContain('whole number from 1 to 64');
});

it('help shows the variables', async () => {
  const { stdout } = await patchproof(setStage().folder, 'run', '--help');
  for (const name of ['KERNEL', 'PROFILE', 'CPUS', 'MEMORY', 'JOBS', 'REPEAT'])
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(`(env: PATCHPROOF_${name})`);
});
