// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import {
  NoOperationTraceWriter,
  convertWorkflowTemplate,
  parseWorkflow,
} from '@actions/workflow-parser';
import { convertActionTemplate, parseAction } from '@actions/workflow-parser/actions/index';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { temporary, write } from '../kernel/helpers.ts';
import { expressionsIn } from './expression.ts';
import { project, readAction, readWorkflow, type Step } from './files.ts';

const folder = '.github/workflows';
const workflows = [
  ...readdirSync(path.join(project, folder)).map((name) => `${folder}/${name}`),
  'docs/ci/kernel-fork.yml',
];
const textOf = (file: string): string => readFileSync(path.join(project, file), 'utf8');
const trace = new NoOperationTraceWriter();

/** What GitHub would say of a workflow. */
async function problemsOf(name: string, content: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name, content }, trace);
  if (value !== undefined) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

/** Every step of the project, with where it stands. */
const steps: { file: string; step: Step }[] = [
  ...workflows.flatMap((file) =>
    Object.values(readWorkflow(project, file).jobs).flatMap((job) =>
      (job.steps ?? []).map((step) => ({ file, step })),
    ),
  ),
  ...readAction(project).runs.steps.map((step) => ({
    file: 'action.yml',
    step,
  })),
];
const scripts = steps.flatMap(({ file, step }) =>
  step.run === undefined ? [] : [{ name: `${file}: ${step.name ?? ''}`, script: step.run }],
);

describe('the schema and the expressions', () => {
  it('every job of a proof takes what is to fail the workflow', () => {
    const uses = steps.filter(
      ({ file, step }) => file.endsWith('/prove.yml') && step.uses === './patchproof',
    );
    expect(uses.map(({ step }) => step.with?.['fail-on'])).toEqual([
      '${{ inputs.fail-on }}',
      '${{ inputs.fail-on }}',
    ]);
  });

  it.each(workflows)('%s is a workflow', async (file) => {
    expect(await problemsOf(file, textOf(file))).toEqual([]);
  });

  it('action.yml is an action', () => {
    const { context, value } = parseAction(
      { name: 'action.yml', content: textOf('action.yml') },
      trace,
    );
    if (value !== undefined) convertActionTemplate(context, value);
    expect(context.errors.getErrors().map(({ message }) => message)).toEqual([]);
  });

  it.each([
    ['an unknown key', ['timeout-minutes: 20', 'time-limit: 20']],
    ['an unknown context', ['${{ inputs.jobs }}', '${{ input.jobs }}']],
    ['a bad expression', ["needs.plan.result == 'success'", "needs.plan.result = 'success'"]],
  ] as const)('the check sees %s', async (_what, [from, to]) => {
    const file = `${folder}/prove.yml`;
    const broken = textOf(file).replace(from, to);
    expect(broken).not.toBe(textOf(file));
    expect(await problemsOf(file, broken)).not.toEqual([]);
  });

  it('an expression names what is there', () => {
    const action = readAction(project);
    expect(strangers(action, action.runs.steps, action.inputs, [])).toEqual([]);
    for (const file of workflows) {
      const { on, jobs } = readWorkflow(project, file);
      const inputs = Object.assign({}, ...Object.values(on).map((it) => it?.inputs)) as object;
      for (const job of Object.values(jobs))
        expect(strangers(job, job.steps ?? [], inputs, [job.needs ?? []].flat())).toEqual([]);
    }
    const steps = [{ id: 'a', run: 'echo x=1 >>"$GITHUB_OUTPUT"' }];
    const wrong = '${{ inputs.a || needs.b.result || steps.a.outputs.y || steps.c.outputs.x }}';
    expect(strangers({ wrong }, steps, {}, [])).toHaveLength(4);
  });
});

/** Every `inputs.X`, `needs.X` and `steps.X.outputs.Y` below a part of a file that nothing gives. */
function strangers(
  part: object,
  own: readonly Step[],
  inputs: object,
  needs: readonly string[],
): string[] {
  const conditions = own.map((step) => step.if ?? '');
  const gives = (id = '', output = ''): boolean => {
    const step = own.find((it) => it.id === id);
    // Others' actions have theirs, and patchproof writes the outputs of a run itself.
    return step?.run?.includes('/patchproof"') === false
      ? step.run.includes(`${output}=`)
      : step !== undefined;
  };
  return [...expressionsIn(JSON.stringify(part)), ...conditions].flatMap((text) => {
    const all = (pattern: RegExp): RegExpMatchArray[] => [...text.matchAll(pattern)];
    return [
      ...all(/\binputs\.([\w-]+)/g).filter(([, name = '']) => !(name in inputs)),
      ...all(/\bneeds\.([\w-]+)/g).filter(([, name = '']) => !needs.includes(name)),
      ...all(/\bsteps\.([\w-]+)\.outputs\.([\w-]+)/g).filter(
        ([, id, output]) => !gives(id, output),
      ),
    ].map(([whole]) => whole);
  });
}

describe('what GitHub is trusted with', () => {
  it("others' actions are pinned by commit, with the version behind it", () => {
    const uses = workflows
      .concat('action.yml')
      .flatMap((file) => textOf(file).match(/uses: .*/g) ?? []);
    const foreign = uses.filter((line) => !/uses: (\.\/|OWNER\/)/.test(line));
    expect(foreign.length).toBeGreaterThan(10);
    for (const line of foreign)
      expect(line).toMatch(/^uses: actions\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    const pins = new Set(foreign.map((line) => line.replace(/uses: (actions\/[\w-]+)\S*@/, '$1 ')));
    expect(pins.size, 'one version of each').toBe(
      new Set([...pins].map((it) => it.split(' ')[0])).size,
    );
  });

  it.each(workflows)('%s may read the contents and nothing else', (file) => {
    const { on, permissions, jobs } = readWorkflow(project, file);
    expect(permissions).toEqual({ contents: 'read' });
    for (const job of Object.values(jobs)) expect(job).not.toHaveProperty('permissions');
    expect(textOf(file)).not.toMatch(/secrets|pull_request_target|workflow_run/);
    expect(on).not.toHaveProperty('issue_comment');
  });

  it('a checkout leaves no token behind', () => {
    const checkouts = steps.filter(({ step }) => step.uses?.startsWith('actions/checkout@'));
    expect(checkouts.length).toBeGreaterThan(4);
    for (const { step } of checkouts)
      expect(step.with).toMatchObject({ 'persist-credentials': false });
  });

  it('no expression stands in a script', () => {
    for (const { name, script } of scripts) expect(script, name).not.toContain('${{');
  });

  it('the example for a kernel fork has ten lines', () => {
    const lines = textOf('docs/ci/kernel-fork.yml').split('\n');
    expect(lines.filter((line) => line !== '' && !line.startsWith('#')).length).toBeLessThanOrEqual(
      10,
    );
  });
});

/** The script lines of the GitLab example. */
const gitlab = parse(textOf('docs/ci/gitlab-ci.yml')) as Record<string, { script?: string[] }>;
const gitlabScripts = Object.entries(gitlab).flatMap(([job, { script = [] }]) =>
  script.map((text, at) => ({ name: `gitlab-ci.yml: ${job} ${at}`, script: text })),
);

describe('the shell of the steps', () => {
  const all = [...scripts, ...gitlabScripts];
  const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0;

  it.each(all)('$name is shell', ({ script }) => {
    expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' }).stderr).toBe('');
  });

  it.skipIf(!hasShellcheck).each(all)('$name has nothing to complain of', ({ script }) => {
    const checked = spawnSync('shellcheck', ['--shell=bash', '-'], {
      input: script,
      encoding: 'utf8',
    });
    expect(checked.stdout).toBe('');
  });

  it.skipIf(!hasShellcheck)('nor have the scripts beside them', () => {
    const checked = spawnSync('shellcheck', ['runner/setup/kvm.sh'], {
      cwd: project,
      encoding: 'utf8',
    });
    expect(checked.stdout).toBe('');
  });

  it.skipIf(!hasShellcheck)('and the lint does see a word that is not quoted', () => {
    const checked = spawnSync('shellcheck', ['--shell=bash', '-'], {
      input: 'rm $1\n',
      encoding: 'utf8',
    });
    expect(checked.stdout).toContain('SC2086');
  });
});

describe('the udev rule for KVM', () => {
  /** Runs the script as an ordinary user, with a device, a rules folder and a sudo of its own. */
  function kvm(
    device: 'absent' | 'closed' | 'open',
    sudo: 'yes' | 'no',
  ): { said: string; rules: Record<string, string>; asked: string[] } {
    const place = temporary();
    write(place, {
      'bin/sudo': `#!/bin/sh\n[ ${sudo} = yes ] || exit 1\nshift\nexec "$@"\n`,
      'bin/udevadm': `#!/bin/sh\necho "$*" >>${place}/rules/asked\n`,
      'rules/asked': '',
      ...(device === 'absent' ? {} : { kvm: '' }),
    });
    for (const file of ['', 'rules', 'rules/asked']) chmodSync(path.join(place, file), 0o777);
    if (device !== 'absent') chmodSync(path.join(place, 'kvm'), device === 'open' ? 0o666 : 0o600);
    const words = ['sh', path.join(project, 'runner/setup/kvm.sh')];
    const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const [command = '', ...args] = process.getuid?.() === 0 ? [...asNobody, ...words] : words;
    if (device === 'closed' && command === 'sh') chmodSync(path.join(place, 'kvm'), 0);
    const { stderr, status } = spawnSync(command, args, {
      encoding: 'utf8',
      env: {
        PATH: `${place}/bin:${process.env['PATH']}`,
        PATCHPROOF_KVM_DEVICE: path.join(place, 'kvm'),
        PATCHPROOF_UDEV_RULES: path.join(place, 'rules'),
      },
    });
    expect(status, stderr).toBe(0);
    const files = readdirSync(path.join(place, 'rules'));
    const { asked = '', ...rules } = Object.fromEntries(
      files.map((name) => [name, readFileSync(path.join(place, 'rules', name), 'utf8')]),
    );
    return { said: stderr, rules, asked: asked.split('\n').slice(0, -1) };
  }

  it.each([
    ['absent', 'yes', 'emulated'],
    ['open', 'yes', 'as it is'],
    ['closed', 'no', 'no udev rule can be made'],
  ] as const)('is not made for a device that is %s, with sudo: %s', (device, sudo, said) => {
    expect(kvm(device, sudo)).toEqual({
      said: expect.stringContaining(said) as string,
      rules: {},
      asked: [],
    });
  });

  it('is made for one that is closed, where sudo does not ask', () => {
    const { rules, asked, said } = kvm('closed', 'yes');
    expect(rules).toEqual({
      '99-kvm.rules': 'KERNEL=="kvm", GROUP="kvm", MODE="0666", OPTIONS+="static_node=kvm"\n',
    });
    expect(asked).toEqual([
      'control --reload-rules',
      'trigger --name-match=kvm',
      'settle --timeout=30',
    ]);
    expect(said).toContain('made a udev rule');
  });
});
