// SPDX-License-Identifier: MIT
import { describe, expect, it, vi } from 'vitest';
import { recordOf } from '../../runner/cli/run-folder.ts';
import type { RunOutcome } from '../../runner/pipeline/run.ts';
import { mail } from '../../runner/report/mail.ts';
import { verdictSchema } from '../../runner/report/verdict-schema.ts';
import { exitCodeOf } from '../../runner/verdict/exit.ts';
import { stageWith } from './scene.ts';
import type { Script } from './script.ts';
import { play, type Stage } from './stage.ts';

vi.setConfig({ testTimeout: 60_000 });

const states = ({ verdict }: RunOutcome): Record<string, string> =>
  Object.fromEntries((verdict.mutants ?? []).map(({ name, state }) => [name, state]));

describe('--mutants', () => {
  const mutant = (name: string, tests: string, series = '6.12'): string =>
    `  - { name: ${name}, text: It is wrong, file: ${name}.patch, series: ['${series}'], tests: ['${tests}'] }\n`;

  async function scene(mutants: string, script: Partial<Script>): Promise<[Stage, RunOutcome]> {
    const stage = stageWith(`mutants:\n${mutants}`, ['m1', 'm2', 'm3'], script);
    return [stage, await play(stage, undefined, { mutants: true })];
  }

  it('exit 0 when each is told from the patch by a test of its own', async () => {
    const [stage, outcome] = await scene(
      mutant('m1', 'mine:one/race') + mutant('m2', 'mine:two/*.ipv6.*'),
      { m1: [{ one: 'fail' }], m2: [{ two: 'fail' }] },
    );
    expect(states(outcome)).toEqual({ m1: 'killed', m2: 'killed' });
    expect(outcome.verdict.mutants?.map(({ by }) => by)).toEqual([
      ['mine:one/race'],
      ['mine:two/tie.ipv6.race'],
    ]);
    expect(Object.keys(outcome.verdict.candidates)).toEqual(['patched']);
    expect(exitCodeOf(outcome.verdict)).toBe(0);
    // Only what is named is run for a mutant, and what failed once more: it could be a flake.
    expect(stage.booted().filter((it) => it.startsWith('m'))).toHaveLength(4);
    const programs = outcome.record.attempts.filter(({ variant }) => variant === 'm2');
    expect(new Set(programs.map(({ program }) => program))).toEqual(new Set(['mine:two']));
    // zod drops what it does not know.
    expect(verdictSchema.parse(outcome.verdict)).toEqual(outcome.verdict);
    expect(await recordOf(stage.run)).toStrictEqual(outcome.record);
    expect(mail.render(outcome.record, outcome.verdict)).toContain('Mutants: 2 of 2 killed');
  });

  it('by a drop count that no longer agrees, too', async () => {
    const [, outcome] = await scene(mutant('m1', 'mine:one'), { m1: [{ wrongReason: true }] });
    expect(outcome.verdict.mutants?.[0]).toMatchObject({
      state: 'killed',
      by: ['Drops are counted twice'],
    });
  });

  it('exit 1 when one lives, and when only a test that is not its own tells it apart', async () => {
    const [, outcome] = await scene(mutant('m1', 'mine:one/race') + mutant('m2', 'mine:one/race'), {
      m1: [{ two: 'fail' }],
      m2: [{ one: 'fail' }],
    });
    expect(states(outcome)).toEqual({ m1: 'alive', m2: 'killed' });
    expect(exitCodeOf(outcome.verdict)).toBe(1);
    expect(mail.render(outcome.record, outcome.verdict)).toMatch(/ALIVE +m1 on /);
  });

  it('one that wavers is not told apart', async () => {
    const [, outcome] = await scene(mutant('m1', 'mine:one/race'), {
      m1: [{ one: 'fail' }, { one: 'pass' }],
    });
    expect(states(outcome)).toEqual({ m1: 'alive' });
  });

  it('exit 69 when one could not be judged: it does not boot, or is for another kernel', async () => {
    const [, outcome] = await scene(
      mutant('m1', 'mine:one') + mutant('m2', 'mine:one') + mutant('m3', 'mine:one', '6.1'),
      { m1: [{ one: 'fail' }], m2: [{ boot: 'panic' }] },
    );
    expect(states(outcome)).toEqual({ m1: 'killed', m2: 'not judged', m3: 'not judged' });
    expect(exitCodeOf(outcome.verdict)).toBe(69);
  });

  it('a patch that is not proved itself tells nothing', async () => {
    const [, outcome] = await scene(mutant('m1', 'mine:one/race'), {
      patched: [{ two: 'fail' }],
      m1: [{ one: 'fail' }],
    });
    expect(states(outcome)).toEqual({ m1: 'killed' });
    expect(exitCodeOf(outcome.verdict)).toBe(69);
  });
});
