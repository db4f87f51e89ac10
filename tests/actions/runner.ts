// SPDX-License-Identifier: MIT
// As much of a CI runner as the workflows here need: expressions, composite actions, the GITHUB_*
// files, a matrix run serially. What would go out of the machine, a test's World does.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { holds, interpolate, valueOf, type Contexts, type Status } from './expression.ts';
import { readAction, readWorkflow, type Job, type Step, type Text } from './files.ts';

/** What stands outside of a job. */
export interface World {
  /** A folder for the jobs' machines. */
  folder: string;
  /** The `github` context. */
  github: Readonly<Record<string, unknown>>;
  /** Everything that a step's process has beside what the runner sets. */
  environment: Readonly<Record<string, string>>;
  /** An action of somebody else, by its name without version. Returns its outputs. */
  use(action: string, inputs: Record<string, string>, machine: Machine): Record<string, string>;
}

/** A job's machine: fresh for every job. */
export interface Machine {
  workspace: string;
  temp: string;
}

/** What became of a step. */
export interface Ended {
  name: string;
  outcome: 'success' | 'failure' | 'skipped';
  log: string;
  summary: string;
}

/** What became of a job, of a workflow, or of an action. */
export interface Result {
  outcome: 'success' | 'failure' | 'skipped';
  outputs: Record<string, string>;
  steps: Ended[];
}

type StepsContext = Record<string, { outputs: Record<string, string>; outcome: string }>;

/** Runs steps, each after the other; what comes after a failure runs only if it says so. */
export function runSteps(
  steps: readonly Step[],
  contexts: Contexts,
  world: World,
  machine: Machine,
  actionPath?: string,
): { ended: Ended[]; failed: boolean; context: StepsContext } {
  const context: StepsContext = {};
  const ended: Ended[] = [];
  const status: Status = { failed: false };
  for (const step of steps) {
    const all = { ...contexts, steps: context };
    const name = interpolate(step.name ?? step.uses ?? step.run, all, status);
    if (!holds(step.if, all, status)) {
      ended.push({ name, outcome: 'skipped', log: '', summary: '' });
      continue;
    }
    const mapped = (texts: Record<string, Text> = {}): Record<string, string> =>
      Object.fromEntries(
        Object.entries(texts).map(([key, text]) => [key, interpolate(text, all, status)]),
      );
    let outputs: Record<string, string> = {};
    let failed = false;
    if (step.run !== undefined) {
      const cwd = path.resolve(
        machine.workspace,
        interpolate(step['working-directory'] ?? '.', all, status),
      );
      const ran = runScript(step.run, mapped(step.env), cwd, world, machine, actionPath);
      ({ outputs, failed } = ran);
      ended.push({ ...ran.ended, name });
    } else if (step.uses?.startsWith('./') === true) {
      const inner = runAction(
        path.resolve(machine.workspace, step.uses),
        mapped(step.with),
        contexts,
        world,
        machine,
      );
      outputs = inner.outputs;
      failed = inner.outcome === 'failure';
      ended.push(...inner.steps);
    } else {
      const [action = ''] = (step.uses ?? '').split('@');
      outputs = world.use(action, mapped(step.with), machine);
      ended.push({ name, outcome: 'success', log: '', summary: '' });
    }
    if (step.id !== undefined)
      context[step.id] = { outputs, outcome: failed ? 'failure' : 'success' };
    status.failed ||= failed;
  }
  return { ended, failed: status.failed, context };
}

/** A composite action from its folder. */
export function runAction(
  folder: string,
  given: Record<string, string>,
  contexts: Contexts,
  world: World,
  machine: Machine,
): Result {
  const action = readAction(folder);
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, input]) => [
      name,
      given[name] ?? String(input.default ?? ''),
    ]),
  );
  const own = { ...contexts, inputs };
  const { ended, failed, context } = runSteps(action.runs.steps, own, world, machine, folder);
  const outputs = Object.fromEntries(
    Object.entries(action.outputs).map(([name, { value }]) => [
      name,
      interpolate(value, { ...own, steps: context }, { failed }),
    ]),
  );
  return { outcome: failed ? 'failure' : 'success', outputs, steps: ended };
}

/** The jobs of a workflow in their order, each job of a matrix after the other. */
export function runWorkflow(
  file: string,
  inputs: Record<string, unknown>,
  world: World,
): { jobs: Record<string, Result[]>; outputs: Record<string, string> } {
  const workflow = readWorkflow(file);
  const declared = workflow.on['workflow_call']?.inputs ?? {};
  const filled = {
    ...Object.fromEntries(Object.entries(declared).map(([name, it]) => [name, it.default ?? ''])),
    ...inputs,
  };
  const jobs: Record<string, Result[]> = {};
  for (const [id, job] of Object.entries(workflow.jobs)) {
    const names = [job.needs ?? []].flat();
    const needs = Object.fromEntries(
      names.map((name) => {
        const of = jobs[name] ?? [];
        const bad = of.find(({ outcome }) => outcome !== 'success');
        return [name, { result: bad?.outcome ?? 'success', outputs: of.at(-1)?.outputs ?? {} }];
      }),
    );
    const failed = Object.values(needs).some(({ result }) => result !== 'success');
    const contexts = {
      github: world.github,
      inputs: filled,
      needs,
      runner: { os: 'Linux', arch: 'X64' },
      job: { workflow_repository: 'project', workflow_sha: 'commit' },
    };
    jobs[id] = holds(job.if, contexts, { failed })
      ? matrixOf(job, contexts).map((matrix, index) =>
          runJob(id, job, { ...contexts, matrix, strategy: { 'job-index': index } }, world),
        )
      : [{ outcome: 'skipped', outputs: {}, steps: [] }];
  }
  const outputs = Object.fromEntries(
    Object.entries(workflow.on['workflow_call']?.outputs ?? {}).map(([name, { value }]) => {
      const last = Object.entries(jobs).map(([id, of]) => [id, of.at(-1)] as const);
      return [name, interpolate(value, { jobs: Object.fromEntries(last) }, { failed: false })];
    }),
  );
  return { jobs, outputs };
}

function matrixOf(job: Job, contexts: Contexts): unknown[] {
  const { matrix } = job.strategy ?? {};
  if (matrix === undefined) return [{}];
  if (typeof matrix !== 'string') throw new Error('only a computed matrix is run here');
  return (valueOf(matrix, contexts, { failed: false }) as { include: unknown[] }).include;
}

function runJob(id: string, job: Job, contexts: Contexts, world: World): Result {
  if (job.uses !== undefined) {
    const given = Object.fromEntries(
      Object.entries(job.with ?? {}).map(([name, text]) => [
        name,
        interpolate(text, contexts, { failed: false }),
      ]),
    );
    const called = runWorkflow(path.join(world.folder, 'project', job.uses), given, world);
    const all = Object.values(called.jobs).flat();
    const failed = all.some(({ outcome }) => outcome === 'failure');
    const steps = all.flatMap((it) => it.steps);
    return { outcome: failed ? 'failure' : 'success', outputs: called.outputs, steps };
  }
  const { ended, failed, context } = runSteps(
    job.steps ?? [],
    { ...contexts, github: { ...world.github, job: id } },
    world,
    newMachine(world),
  );
  const outputs = Object.fromEntries(
    Object.entries(job.outputs ?? {}).map(([name, text]) => [
      name,
      interpolate(text, { ...contexts, steps: context }, { failed }),
    ]),
  );
  return { outcome: failed ? 'failure' : 'success', outputs, steps: ended };
}

let count = 0;

/** Folders for a job. */
export function newMachine(world: World): Machine {
  const folder = path.join(world.folder, `machine-${++count}`);
  const machine = { workspace: path.join(folder, 'work'), temp: path.join(folder, 'temp') };
  for (const it of Object.values(machine)) mkdirSync(it, { recursive: true });
  return machine;
}

function runScript(
  script: string,
  env: Record<string, string>,
  cwd: string,
  world: World,
  machine: Machine,
  actionPath: string | undefined,
): { ended: Omit<Ended, 'name'>; outputs: Record<string, string>; failed: boolean } {
  const file = (name: string, text = ''): string => {
    const place = path.join(machine.temp, `step-${++count}-${name}`);
    writeFileSync(place, text);
    return place;
  };
  const output = file('output');
  const summary = file('summary');
  const { github } = world;
  const ran = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', file('script', script)],
    {
      cwd,
      encoding: 'utf8',
      env: {
        ...world.environment,
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_EVENT_NAME: String(github['event_name']),
        GITHUB_REF: String(github['ref']),
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
        GITHUB_WORKSPACE: machine.workspace,
        RUNNER_OS: 'Linux',
        RUNNER_ARCH: 'X64',
        RUNNER_TEMP: machine.temp,
        ...(actionPath === undefined ? {} : { GITHUB_ACTION_PATH: actionPath }),
        ...env,
      },
    },
  );
  const failed = ran.status !== 0;
  return {
    ended: {
      outcome: failed ? 'failure' : 'success',
      log: `${ran.stdout}${ran.stderr}`,
      summary: readFileSync(summary, 'utf8'),
    },
    outputs: parseOutputs(readFileSync(output, 'utf8')),
    failed,
  };
}

/** `name=value` lines, and `name<<MARK`, lines, `MARK`. */
function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const [, name, mark] = /^([^=]+?)<<(.+)$/.exec(line) ?? [];
    if (name !== undefined && mark !== undefined) {
      const end = lines.indexOf(mark, at + 1);
      outputs[name] = lines.slice(at + 1, end).join('\n');
      at = end;
    } else if (line.includes('=')) {
      outputs[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1);
    } else if (line !== '') throw new Error(`not an output: ${line}`);
  }
  return outputs;
}
