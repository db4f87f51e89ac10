// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { recordOf } from '../../runner/cli/run-folder.ts';
import { changes, reasons, scene, told } from './scene.ts';
import { eventsOf, play, setStage, settings, warmStage } from './stage.ts';

// A busy host may take its time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 60_000 });

describe('a run from patch to verdict', () => {
  it('proved: fails without, passes with the patch, and the drops agree', async () => {
    const { stage, outcome } = await scene({});
    expect(told(outcome)).toEqual({ overall: 'proved', exit: 0, failures: [] });
    expect(changes(outcome)).toEqual({
      'mine:one/steady': 'still passing',
      'mine:one/race': 'fixed',
      'mine:two/tie.ipv4.steady': 'still passing',
      'mine:two/tie.ipv4.race': 'still passing',
      'mine:two/tie.ipv6.steady': 'still passing',
      'mine:two/tie.ipv6.race': 'still passing',
    });
    expect(outcome.verdict.candidates['patched']?.expectations.map(({ met }) => met)).toEqual([
      true,
      true,
      true,
    ]);
    // Base's failing program gets its second attempt in a VM of its own; nothing else does.
    expect(stage.booted()).toEqual(['base tcg', 'patched tcg', 'base tcg']);
    expect(
      outcome.record.attempts
        .filter(({ attempt }) => attempt === 2)
        .map(({ variant, program }) => `${variant} ${program}`),
    ).toEqual(['base mine:one']);
  });

  it('the events on disk are the record; nothing is compiled or built twice', async () => {
    const stage = setStage();
    const outcome = await play(stage);
    expect(await recordOf(stage.run)).toStrictEqual(outcome.record);
    const events = eventsOf(stage.run);
    expect(events.at(0)?.type).toBe('run-started');
    expect(events.at(-1)?.type).toBe('run-finished');
    expect(events.map(({ time }) => time)).toEqual(
      events.map(({ time }) => time).toSorted((a, b) => a - b),
    );
    expect(stage.compiled().toSorted()).toEqual([
      'net/one.o',
      'net/three.o',
      'net/two.o',
      'net/two.o',
    ]);
    expect(outcome.record.boots).toHaveLength(3);
    for (const { consoleFile } of outcome.record.boots) {
      const console = readFileSync(path.join(stage.run, consoleFile), 'utf8');
      expect(console).toContain('Linux version');
      expect(console).toContain(' --cpus 1 --memory 256M ');
      // On every side, or an emulated one would fail for its slowness.
      expect(console).toContain('job: env KSFT_MACHINE_SLOW=yes\n');
    }
    const again = await play({ ...stage, run: path.join(stage.folder, 'again') });
    expect(again.verdict).toEqual(outcome.verdict);
    expect(stage.compiled()).toHaveLength(4);
  });

  it('VMs at once: the same verdict, and the record is whole', async () => {
    const stage = warmStage();
    const outcome = await play(stage, undefined, { settings: { ...settings, vms: 2 } });
    expect(told(outcome)).toEqual({ overall: 'proved', exit: 0, failures: [] });
    expect(await recordOf(stage.run)).toStrictEqual(outcome.record);
    const boots = eventsOf(stage.run).flatMap((it) => {
      if (it.type === 'boot-finished') return [`${it.boot.variant} ended`];
      const isStart = it.type === 'stage-started' && it.where.stage === 'test';
      return isStart ? [`${it.where.variant} started`] : [];
    });
    // Both are on before either ends.
    expect(boots.slice(0, 2).toSorted()).toEqual(['base started', 'patched started']);
  });

  it('not proved: the patch breaks a test', async () => {
    const { outcome } = await scene({ patched: [{ two: 'fail' }] });
    expect(told(outcome)).toEqual({ overall: 'not proved', exit: 1, failures: [] });
    expect(changes(outcome)).toMatchObject({ 'mine:two/tie.ipv4.race': 'broken' });
    expect(reasons(outcome)).toContain('The patch breaks mine:two/tie.ipv4.race');
  });

  it('a test that fails once and passes in the second VM is flaky, and proves nothing', async () => {
    const { outcome } = await scene({ patched: [{ one: 'fail' }, { one: 'pass' }] });
    expect(changes(outcome)).toMatchObject({ 'mine:one/race': 'flaky' });
    expect(told(outcome)).toEqual({ overall: 'not proved', exit: 1, failures: [] });
    const race = outcome.verdict.candidates['patched']?.expectations[0];
    expect(race?.detail).toContain('mine:one/race: flaky on patched');
  });

  it('a patch that changes no code: not proved, and nothing is booted', async () => {
    const { stage, outcome } = await scene({}, 'comment');
    expect(told(outcome)).toEqual({ overall: 'not proved', exit: 1, failures: [] });
    expect(reasons(outcome)).toContain('the built kernel is the same');
    expect(stage.booted()).toEqual([]);
    expect(eventsOf(stage.run).filter(({ type }) => type === 'boot-finished')).toEqual([]);
  });
});

describe('who looks on', () => {
  it('a view that throws is dropped and remembered; the run goes on', async () => {
    const stage = warmStage();
    let calls = 0;
    const outcome = await play(stage, undefined, {
      listeners: [
        () => {
          calls++;
          throw new Error('the terminal is gone');
        },
      ],
    });
    expect(calls).toBe(1);
    expect(outcome.viewErrors).toMatchObject([{ message: 'the terminal is gone' }]);
    expect(outcome.verdict.overall).toBe('proved');
    expect(await recordOf(stage.run)).toStrictEqual(outcome.record);
  });
});
