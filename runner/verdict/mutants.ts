// SPDX-License-Identifier: MIT
import type { CellRecord, MutantRecord, RunRecord } from '../evidence/model.ts';
import type { AllowedSplat } from '../evidence/splat-patterns.ts';
import { isSelected } from '../proof/select.ts';
import { isFail, isPass } from './compare.ts';
import type { SideOutcome } from './compare.ts';
import { judgeExpectation, list } from './expectations.ts';
import { checkCompleteness, checkRecord, wasTried } from './findings.ts';
import type { Findings } from './findings.ts';
import type { CandidateVerdict, MutantVerdict, Overall } from './model.ts';
import { consolePrefix, viewCell } from './rows.ts';
import type { CellView } from './rows.ts';

type Answer = Pick<MutantVerdict, 'state' | 'by' | 'detail'>;

/** Judges every mutant on every kernel of its series; undefined where the run is not about mutants. */
export function judgeMutants(
  record: RunRecord,
  allow: readonly AllowedSplat[],
): MutantVerdict[] | undefined {
  const names = record.proof?.mutants;
  if (names === undefined) return undefined;
  return names.flatMap((name): MutantVerdict[] => {
    const tried = record.cells.flatMap((cell): MutantVerdict[] => {
      const mutant = cell.mutants?.find((it) => it.name === name);
      if (mutant === undefined) return [];
      const { kernel, profile } = cell;
      const { text } = mutant;
      return [{ name, text, kernel, profile, ...judgeMutant(record, cell, mutant, allow) }];
    });
    if (tried.length > 0) return tried;
    const detail = 'no kernel of this run is of a series that it is made for';
    const nowhere = { text: '', kernel: null, profile: null, by: [], detail };
    return [{ name, state: 'not judged', ...nowhere }];
  });
}

/**
 * What a run with mutants comes to: proved when each is killed. Where the candidate itself is
 * not proved, what tells a mutant from it says nothing about the tests.
 */
export function overallOf(
  mutants: readonly MutantVerdict[],
  candidates: readonly Pick<CandidateVerdict, 'overall'>[],
): Overall {
  if (mutants.some(({ state }) => state === 'alive')) return 'not proved';
  if (mutants.some(({ state }) => state === 'not judged')) return 'no verdict';
  return candidates.every(({ overall }) => overall === 'proved') ? 'proved' : 'no verdict';
}

function judgeMutant(
  record: RunRecord,
  cell: CellRecord,
  mutant: MutantRecord,
  allow: readonly AllowedSplat[],
): Answer {
  const reference = cell.candidates[0];
  if (reference === undefined) return notJudged('there is no candidate to tell it from');
  const { programs, leftOut } = mutant;
  const part = { ...cell, candidates: [reference, mutant], programs, leftOut };
  const view = viewCell(record, part, allow);
  const findings: Findings = { missing: [], against: [], open: [] };
  checkRecord(record, findings);
  for (const { name } of [reference, mutant])
    if (wasTried(record, view, name, findings)) checkCompleteness(view, name, findings);
  const [why] = [...findings.missing, ...findings.against];
  if (why !== undefined) return notJudged(why);
  const image = (variant: string): string | undefined =>
    record.kernels.find((it) => it.cell === cell.id && it.variant === variant)?.imageHash;
  if (image(reference.name) === image(mutant.name))
    return {
      state: 'alive',
      by: [],
      detail: `its kernel is the same as that of ${reference.name}`,
    };
  const named = view.rows.filter((row) => isNamed(row.name, mutant, view));
  if (named.length === 0) return notJudged('none of its tests ran');
  const by = [
    ...named
      .filter((row) => differs(row.outcomes, reference.name, mutant.name))
      .map((it) => it.name),
    ...dropsThatTell(record, view, reference.name, mutant.name),
  ];
  if (by.length > 0) return { state: 'killed', by, detail: list(by) };
  const silent = named.find((row) => {
    const outcome = row.outcomes[mutant.name] ?? 'absent';
    return (
      view.programs.get(row.name) !== row.name && (outcome === 'absent' || outcome === 'notRun')
    );
  });
  if (silent !== undefined) return notJudged(`${silent.name} did not run`);
  return {
    state: 'alive',
    by: [],
    detail: `${named.length} of its tests come to the same as with ${reference.name}`,
  };
}

function notJudged(detail: string): Answer {
  return { state: 'not judged', by: [], detail };
}

function isNamed(name: string, mutant: MutantRecord, view: CellView): boolean {
  if (name.startsWith(consolePrefix)) return false;
  // A program's own result is about how it ended; it is one of the named tests where the program is.
  return (
    isSelected({ filter: mutant.tests, exclude: [] }, name) || view.programs.get(name) === name
  );
}

/** A test that wavers tells nothing apart, nor does one that did not run. */
function differs(
  outcomes: Readonly<Record<string, SideOutcome>>,
  reference: string,
  mutant: string,
): boolean {
  const [right, wrong] = [outcomes[reference] ?? 'absent', outcomes[mutant] ?? 'absent'];
  return (isPass(right) && isFail(wrong)) || (isFail(right) && isPass(wrong));
}

/** Drop expectations that hold with the candidate and not with the mutant, in the mutant's programs. */
function dropsThatTell(
  record: RunRecord,
  view: CellView,
  reference: string,
  mutant: string,
): string[] {
  const asked = (record.proof?.expectations ?? []).filter((it) => it.kind === 'drops');
  return asked.flatMap((it) => {
    const [right, wrong] = [reference, mutant].map((name) =>
      judgeExpectation(it, [view], name, () => false),
    );
    const told = right?.met === true && wrong?.met === false && wrong.undecided === undefined;
    return told && wrong.leftOut !== true ? [it.text] : [];
  });
}
