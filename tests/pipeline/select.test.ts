// SPDX-License-Identifier: MIT
import { describe, expect, it, vi } from 'vitest';
import { recordOf } from '../../runner/cli/run-folder.ts';
import { namesOfPlan } from '../../runner/pipeline/list.ts';
import { planCells } from '../../runner/proof/plan.ts';
import { findProof } from '../../runner/cli/proof-file.ts';
import { mail } from '../../runner/report/mail.ts';
import type { RunOutcome } from '../../runner/pipeline/run.ts';
import { failure } from '../kernel/helpers.ts';
import { toolchain } from './shared.ts';
import type { Script } from './script.ts';
import { play, setStage, settings, warmStage, type Stage } from './stage.ts';

vi.setConfig({ testTimeout: 60_000 });

const none = { filter: [], exclude: [] };

async function select(
  script: Partial<Script>,
  filter: string[],
  exclude: string[] = [],
): Promise<{ stage: Stage; outcome: RunOutcome }> {
  const stage = warmStage(script);
  const selection = { filter, exclude };
  return { stage, outcome: await play(stage, undefined, { settings: { ...settings, selection } }) };
}

const names = ({ verdict }: RunOutcome): string[] => verdict.tests.map(({ name }) => name);
const patched = ({ verdict }: RunOutcome): RunOutcome['verdict']['candidates'][string] =>
  verdict.candidates['patched'] as never;

describe('--filter and --exclude', () => {
  it('one program: the others do not run, and their expectations are left out by name', async () => {
    const { stage, outcome } = await select({}, ['two']);
    expect(new Set(outcome.record.attempts.map(({ program }) => program))).toEqual(
      new Set(['mine:two']),
    );
    expect(patched(outcome).expectations.map(({ text }) => text)).toEqual(['The control holds']);
    expect(patched(outcome).leftOut).toEqual(['The race is won', 'Drops are counted twice']);
    expect(patched(outcome).reasons[0]).toMatch(/2 more were left out/);
    expect(mail.render(outcome.record, outcome.verdict)).toMatch(/left out The race is won/);
    expect(await recordOf(stage.run)).toStrictEqual(outcome.record);
  });

  it('single tests of a harness program: it is told to run no others', async () => {
    const { outcome } = await select({}, ['mine:two/*.ipv6.*', 'mine:one'], ['*steady']);
    expect(names(outcome)).toEqual(['mine:one/race', 'mine:two/tie.ipv6.race']);
    const [first] = outcome.record.attempts.filter(({ program }) => program === 'mine:two');
    expect(first?.results.map(({ name }) => name)).toEqual(['mine:two/tie.ipv6.race']);
    const control = patched(outcome).expectations.find(({ text }) => text === 'The control holds');
    expect(control?.detail).toBe('1 of 1 tests, 3 left out');
    expect(outcome.verdict.overall).toBe('proved');
  });

  it('what was not selected neither breaks nor gets a second attempt', async () => {
    const { stage, outcome } = await select({ base: [{}], patched: [{ one: 'fail' }] }, [
      'mine:one/steady',
    ]);
    expect(names(outcome)).toEqual(['mine:one/steady']);
    expect(stage.booted()).toEqual(['base tcg', 'patched tcg']);
    // Its program runs as a whole, so its drops are all there to be compared.
    expect(patched(outcome).expectations.map(({ text }) => text)).toEqual([
      'Drops are counted twice',
    ]);
    expect(patched(outcome).reasons[0]).toContain('nothing was fixed');
  });

  it('a failure among the selected counts as ever', async () => {
    const { outcome } = await select({ patched: [{ two: 'fail' }] }, ['two/*race']);
    expect(outcome.verdict.overall).toBe('not proved');
  });

  it.each([
    { filter: ['mine:tow'], exclude: [], near: 'Did you mean mine:two?' },
    { filter: ['on'], exclude: [], near: 'Did you mean mine:one?' },
    { filter: ['two/tie.ipv4.rce'], exclude: [], near: 'Did you mean mine:two/tie.ipv4.race?' },
    { filter: [], exclude: ['mine:tow'], near: 'Did you mean mine:two?' },
    { filter: ['two'], exclude: ['two/tie*'], near: 'Loosen one of them' },
  ])('$filter, $exclude: wrong usage, near names, no kernel built', async (given) => {
    const stage = setStage();
    const error = await failure(
      play(stage, undefined, { settings: { ...settings, selection: given } }),
    );
    expect(error).toMatchObject({ code: 'no-such-test', exitCode: 2 });
    expect(error.remedy).toContain(given.near);
    expect(error.evidence).toContain('mine:two/tie.ipv4.race');
    expect(stage.compiled()).toEqual([]);
  });
});

describe('--list-tests', () => {
  it.each([
    { selection: none, lists: 6 },
    { selection: { filter: ['two/*race'], exclude: ['*ipv4*'] }, lists: 2 },
  ])('names what $selection leaves, and builds no kernel', async ({ selection, lists }) => {
    const stage = setStage();
    const plan = planCells(await findProof(stage.proof), { kernels: [stage.tree] });
    const listed = await namesOfPlan(
      { plan, given: new Map(), selection, toolchain },
      () => undefined,
      new AbortController().signal,
    );
    expect(listed).toHaveLength(lists);
    expect(listed.slice(-2)).toEqual(
      lists === 2
        ? ['mine:two', 'mine:two/tie.ipv6.race']
        : ['mine:two/tie.ipv6.steady', 'mine:two/tie.ipv6.race'],
    );
    expect(stage.compiled()).toEqual([]);
  });
});
