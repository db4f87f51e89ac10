// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/** The project's own folder. */
export const project = path.resolve(import.meta.dirname, '../..');

/** A value as YAML reads it; the runner takes each as text. */
export type Text = string | number | boolean;

/** A step of a workflow or a composite action, as far as it is written here. */
export interface Step {
  id?: string;
  name?: string;
  if?: string;
  uses?: string;
  run?: string;
  shell?: string;
  'working-directory'?: string;
  with?: Record<string, Text>;
  env?: Record<string, Text>;
}

export interface Job {
  name?: string;
  needs?: string | string[];
  if?: string;
  uses?: string;
  with?: Record<string, Text>;
  strategy?: { matrix: string | Record<string, unknown[]> };
  outputs?: Record<string, string>;
  steps?: Step[];
}

interface Input {
  default?: Text;
  required?: boolean;
}

export interface Workflow {
  on: Record<
    string,
    { inputs?: Record<string, Input>; outputs?: Record<string, { value: string }> }
  >;
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

export interface Action {
  inputs: Record<string, Input>;
  outputs: Record<string, { value: string }>;
  runs: { using: string; steps: Step[] };
}

export function readWorkflow(...names: string[]): Workflow {
  return parse(readFileSync(path.join(...names), 'utf8')) as Workflow;
}

/** action.yml of a folder. */
export function readAction(folder: string): Action {
  return parse(readFileSync(path.join(folder, 'action.yml'), 'utf8')) as Action;
}
