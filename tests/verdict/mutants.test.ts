// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../runner/evidence/model.ts';
import { mail } from '../../runner/report/mail.ts';
import { tap } from '../../runner/report/tap.ts';
import { judge } from '../../runner/verdict/judge.ts';
import type { Verdict } from '../../runner/verdict/model.ts';
import { fixes, p, race } from './judging.ts';
import { record } from './records.ts';
import type { SideSpec, Tests } from './records.ts';

const globs = ['t:prog/race'];

/** A run whose patch is proved, with one mutant beside it. */
function withMutant(mutant: SideSpec, change: Partial<RunRecord> = {}): RunRecord {
  const run = record({
    sides: { ...fixes.sides, m: mutant },
    expectations: [race],
    programs: [p],
  });
  const cells = run.cells.map((cell) => ({
    ...cell,
    candidates: cell.candidates.filter(({ name }) => name === 'patched'),
    mutants: cell.candidates
      .filter(({ name }) => name === 'm')
      .map((it) => ({ ...it, text: 'It is wrong', tests: globs, programs: [p], leftOut: [] })),
  }));
  const proof = run.proof === null ? null : { ...run.proof, mutants: ['m'] };
  return { ...run, cells, proof, ...change };
}

const verdictOf = (run: RunRecord): Verdict => judge(run, { strict: false });

const did = (tests: Tests[string]): SideSpec => ({ tests: { [p]: tests } });

describe('a mutant', () => {
  it.each([
    ['its test fails', did({ race: 'fail', control: 'pass' }), 'killed', 'proved'],
    [
      'its test takes the guest along',
      did({ race: 'crashed', control: 'pass' }),
      'killed',
      'proved',
    ],
    ['nothing differs', did({ race: 'pass', control: 'pass' }), 'alive', 'not proved'],
    ['only another test fails', did({ race: 'pass', control: 'fail' }), 'alive', 'not proved'],
    ['its test wavers', did({ race: ['fail', 'pass'], control: 'pass' }), 'alive', 'not proved'],
    ['its test is skipped', did({ race: 'skip', control: 'pass' }), 'alive', 'not proved'],
    ['its program did not run', did({}), 'not judged', 'no verdict'],
    ['there is no kernel of it', { missing: true }, 'not judged', 'no verdict'],
    [
      "its kernel is base's",
      { ...did({ race: 'fail' }), image: 'base' },
      'not judged',
      'no verdict',
    ],
    [
      "its kernel is the patch's",
      { ...did({ race: 'fail' }), image: 'patched' },
      'alive',
      'not proved',
    ],
  ] as const)('%s', (_what, side, state, overall) => {
    const verdict = verdictOf(withMutant(side));
    expect(verdict.mutants).toMatchObject([{ name: 'm', state }]);
    expect(verdict.overall).toBe(overall);
    expect(Object.keys(verdict.candidates)).toEqual(['patched']);
  });

  it('that no kernel was tried with, and one of an interrupted run, are not judged', () => {
    const killed = did({ race: 'fail', control: 'pass' });
    const run = withMutant(killed);
    const cells = run.cells.map((cell) => ({ ...cell, mutants: [] }));
    expect(verdictOf({ ...run, cells }).mutants).toMatchObject([
      { kernel: null, state: 'not judged' },
    ]);
    const cut = { interrupted: true, finished: false };
    expect(verdictOf(withMutant(killed, cut)).mutants).toMatchObject([{ state: 'not judged' }]);
  });

  it('that lives is a failure in every report', () => {
    const run = withMutant(did({ race: 'pass', control: 'pass' }));
    const verdict = verdictOf(run);
    expect(mail.render(run, verdict)).toMatch(
      /^Mutants: 0 of 1 killed\n {2}ALIVE +m on 6.12\n +It is wrong\n/m,
    );
    expect(tap.render(run, verdict)).toMatch(
      /^ {4}not ok 1 - m on 6.12: alive, .*\nnot ok 2 - mutants/m,
    );
  });
});
