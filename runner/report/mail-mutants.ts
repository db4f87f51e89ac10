// SPDX-License-Identifier: MIT
import type { Verdict } from '../verdict/model.ts';
import { padEnd, plainLine, wrap } from './text.ts';

type Mutant = NonNullable<Verdict['mutants']>[number];

const width = 75;
const markColumns = 14;
const marks: Readonly<Record<Mutant['state'], string>> = {
  alive: 'ALIVE',
  'not judged': 'not judged',
  killed: 'killed',
};

/** Those that no test noticed first. */
export function sortMutants(mutants: readonly Mutant[]): Mutant[] {
  const states = Object.keys(marks) as Mutant['state'][];
  return states.flatMap((state) => mutants.filter((it) => it.state === state));
}

/** Whether the tests can fail: every wrong patch, those that no test noticed first. */
export function mutantPart(mutants: Verdict['mutants']): string[] {
  if (mutants === undefined) return [];
  const killed = mutants.filter(({ state }) => state === 'killed').length;
  return [
    `Mutants: ${killed} of ${mutants.length} killed`,
    ...sortMutants(mutants).flatMap((it) => [
      ...hanging(
        `  ${marks[it.state]}`,
        `${it.name}${it.kernel === null ? '' : ` on ${it.kernel}`}`,
      ),
      ...(it.text === '' ? [] : hanging('', it.text)),
      ...hanging('', it.state === 'killed' ? `by ${it.by.join(', ')}` : it.detail),
    ]),
    '',
  ];
}

function hanging(mark: string, text: string): string[] {
  return wrap(plainLine(text), width - markColumns).map(
    (line, index) => padEnd(index === 0 ? mark : '', markColumns) + line,
  );
}
