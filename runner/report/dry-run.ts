// SPDX-License-Identifier: MIT
import type { CandidateRecord, VariantFailure } from '../evidence/model.ts';
import { shellStep, type Step } from '../host/command-line.ts';
import type { Cell, Expectation, Proof } from '../proof/model.ts';
import { plainLine } from './text.ts';

/** What a run would do in one cell. */
export interface CellDraft {
  cell: Cell;
  /** Labelled lines: the kernel, the tests, the VM, how often. */
  facts: readonly (readonly [label: string, text: string])[];
  candidates: readonly CandidateRecord[];
  mutants: readonly CandidateRecord[];
  /** What is certain to have no verdict, and why. */
  failures: readonly VariantFailure[];
  /** In the order of the run. */
  parts: readonly { title: string; steps: readonly Step[] }[];
}

/** What a run would do. */
export interface Draft {
  /** What makes a shell do as the commands are done here. */
  setUp: Step;
  cells: readonly CellDraft[];
}

/** A draft as a script for sh: the plan in comments, the commands as they would be run. */
export function dryRunText(proof: Proof, tool: string, { setUp, cells }: Draft): string {
  const lines = [
    `# patchproof ${tool}, a plan: the tests were built, nothing else of it was run.`,
    '# It is there to be read. As a script it would not keep another run out of the workshop.',
    `# Proof ${proof.name}: ${plainLine(proof.title)}`,
    '#',
    ...expectations(proof),
    '',
    shellStep(setUp),
  ];
  for (const cell of cells) lines.push('', ...cellLines(cell));
  return `${lines.join('\n')}\n`;
}

function expectations({ expectations: all, knownHarm }: Proof): string[] {
  const harm =
    knownHarm.length === 0
      ? []
      : [`#   Known harm: ${knownHarm.length} entries, each for one patch by its hash`];
  if (all.length === 0)
    return ['# Expectations', '#   No test broke', '#   At least one test passes', ...harm];
  return [
    '# Expectations',
    ...all.flatMap((it) => [`#   ${plainLine(it.text)}`, `#     ${plainLine(asked(it))}`]),
    ...harm,
  ];
}

function asked(it: Expectation): string {
  const what = it.kind === 'tests' ? it.match : `${it.match} drops ${it.reason}`;
  const sides = [
    ...(it.base === undefined ? [] : [`base ${it.base}`]),
    ...(it.candidate === undefined ? [] : [`candidate ${it.candidate}`]),
  ];
  const scope = [
    ...(it.series === undefined ? [] : [`on ${it.series.join(', ')}`]),
    ...(it.only === undefined ? [] : [`only ${it.only.join(', ')}`]),
    ...(it.except === undefined ? [] : [`not ${it.except.join(', ')}`]),
  ];
  return `${what}: ${[...sides, ...scope].join(', ')}`;
}

function cellLines({ cell, facts, candidates, mutants, failures, parts }: CellDraft): string[] {
  const fact = (label: string, text: string): string =>
    `#   ${plainLine(label).padEnd(12)} ${plainLine(text)}`;
  return [
    `# Cell ${cell.id}. ${plainLine(cell.why)}`,
    ...facts.map(([label, text]) => fact(label, text)),
    ...[...candidates, ...mutants].map((it) => fact(it.name, described(it))),
    ...failures.flatMap((it) => [
      fact('NO VERDICT', `${it.variant}: ${it.message}`),
      ...it.evidence.map((line) => fact('', line)),
      fact('', it.remedy),
    ]),
    ...parts.flatMap(({ title, steps }) => ['', `# ${plainLine(title)}`, ...steps.map(shellStep)]),
  ];
}

function described({ subject, patch, hash, note, tests }: CandidateRecord): string {
  return [
    subject,
    ...(hash === '' ? [] : [patch, `sha256 ${hash.slice(0, 12)}`]),
    ...(note === null ? [] : [note]),
    ...(tests === undefined ? [] : [`only ${tests.join(', ')}`]),
  ].join(', ');
}
