// SPDX-License-Identifier: MIT
import { describe, expect, it, vi } from 'vitest';
import { planCells } from '../../runner/proof/plan.ts';
import { findProof } from '../../runner/cli/proof-file.ts';
import type { Rounds } from '../../runner/pipeline/rounds.ts';
import type { RunOutcome } from '../../runner/pipeline/run.ts';
import { mail } from '../../runner/report/mail.ts';
import { exitCodeOf } from '../../runner/verdict/exit.ts';
import type { Script } from './script.ts';
import { play, warmStage, settings, type Stage } from './stage.ts';

vi.setConfig({ testTimeout: 60_000 });

async function scene(
  script: Partial<Script>,
  given: Partial<Rounds>,
  profiles: readonly string[] = ['lean'],
): Promise<{ stage: Stage; outcome: RunOutcome }> {
  const stage = warmStage(script);
  const rounds = { repeat: 1, untilFail: false, failFast: false, ...given };
  const kernels = [stage.tree];
  const plan = planCells(await findProof(stage.proof), { kernels, profiles });
  return {
    stage,
    outcome: await play(stage, undefined, { plan, settings: { ...settings, rounds } }),
  };
}

const race = ({ verdict }: RunOutcome): string | undefined =>
  verdict.tests.find(({ name }) => name === 'mine:one/race')?.change['patched'];

const interleaved = (n: number): string[] =>
  Array.from({ length: n }, () => ['base tcg', 'patched tcg']).flat();

describe('--repeat', () => {
  it('runs everything that often on each side, interleaved, each time in a fresh VM', async () => {
    const { stage, outcome } = await scene({}, { repeat: 3 });
    expect(stage.booted()).toEqual(interleaved(3));
    const attempts = outcome.record.attempts.map(
      ({ variant, program, attempt, boot }) => `${variant} ${program} ${attempt} ${boot}`,
    );
    for (const variant of ['base', 'patched'])
      for (const program of ['mine:one', 'mine:two'])
        for (const n of [1, 2, 3]) expect(attempts).toContain(`${variant} ${program} ${n} ${n}`);
    expect(attempts).toHaveLength(12);
    expect(outcome.verdict.overall).toBe('proved');
    const text = mail.render(outcome.record, outcome.verdict);
    expect(text.match(/3 boots; 6 attempts of 2/g)).toHaveLength(2);
  });

  it('a test that fails in the last round only is flaky', async () => {
    const { outcome } = await scene({ patched: [{}, {}, { one: 'fail' }] }, { repeat: 3 });
    expect(race(outcome)).toBe('flaky');
    expect(exitCodeOf(outcome.verdict)).toBe(1);
  });

  it('on base, too', async () => {
    const { outcome } = await scene({ base: [{ one: 'fail' }, { one: 'pass' }] }, { repeat: 2 });
    expect(race(outcome)).toBe('flaky');
    expect(outcome.verdict.overall).not.toBe('proved');
  });

  it('without base nothing is repeated', async () => {
    const { stage, outcome } = await scene({ base: [{ boot: 'panic' }] }, { repeat: 5 });
    expect(stage.booted()).toEqual(interleaved(2));
    expect(exitCodeOf(outcome.verdict)).toBe(69);
  });
});

describe('--until-fail', () => {
  it('goes on until a round spoils the proof, and says after which', async () => {
    const patched = [{}, {}, { one: 'fail' as const }, {}];
    const { stage, outcome } = await scene({ patched }, { repeat: Infinity, untilFail: true });
    expect(stage.booted()).toEqual(interleaved(3));
    expect(race(outcome)).toBe('flaky');
    expect(patchedReasons(outcome)).toMatch(/Stopped after round 3 of .* by --until-fail: patched/);
  });

  it('ends proved where --repeat is the limit and nothing fails', async () => {
    const { stage, outcome } = await scene({}, { repeat: 2, untilFail: true });
    expect(stage.booted()).toEqual(interleaved(2));
    expect(outcome.verdict.overall).toBe('proved');
    expect(outcome.record.stopped).toEqual([]);
  });

  it('a boot that fails once is tried again before it counts', async () => {
    const patched = [{ boot: 'panic' as const }, {}];
    const { stage } = await scene({ patched }, { repeat: 2, untilFail: true });
    expect(stage.booted()).toEqual(interleaved(2));
  });
});

describe('--fail-fast', () => {
  it('no second attempt and no further cell once a candidate is not proved', async () => {
    const { stage, outcome } = await scene({ patched: [{ two: 'fail' }] }, { failFast: true }, [
      'lean',
      'lean2',
    ]);
    expect(stage.booted()).toEqual(interleaved(1));
    expect(exitCodeOf(outcome.verdict)).toBe(1);
    expect(patchedReasons(outcome)).toMatch(/No further attempt of patched after round 1/);
    expect(patchedReasons(outcome)).toMatch(/Not tried: .*lean2/);
  });

  it('changes nothing where nothing fails', async () => {
    const { stage, outcome } = await scene({}, { failFast: true });
    expect(stage.booted()).toEqual([...interleaved(1), 'base tcg']);
    expect(outcome.verdict.overall).toBe('proved');
    expect(outcome.record.stopped).toEqual([]);
  });
});

function patchedReasons({ verdict }: RunOutcome): string {
  return (verdict.candidates['patched']?.reasons ?? []).join('\n');
}
