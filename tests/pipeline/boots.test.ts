// SPDX-License-Identifier: MIT
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../../runner/events.ts';
import { write } from '../kernel/helpers.ts';
import { changes, ends, reasons, scene, told } from './scene.ts';
import { eventsOf, play, setStage, settings } from './stage.ts';

// A busy host may take its time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 60_000 });

describe('a boot that fails', () => {
  it('base’s: no verdict', async () => {
    const { outcome } = await scene({ base: [{ boot: 'panic' }] });
    expect(told(outcome)).toEqual({
      overall: 'no verdict',
      exit: 69,
      failures: [{ variant: 'base', stage: 'boot', code: 'boot-panic', times: 2 }],
    });
  });

  it('the candidate’s, twice: not proved, with the panic', async () => {
    const { stage, outcome } = await scene({ patched: [{ boot: 'panic' }] });
    expect(told(outcome)).toEqual({
      overall: 'not proved',
      exit: 1,
      failures: [{ variant: 'patched', stage: 'boot', code: 'boot-panic', times: 2 }],
    });
    expect(outcome.record.failures[0]?.evidence.join('\n')).toContain(
      'Kernel panic - not syncing: planted at boot',
    );
    expect(reasons(outcome)).toContain('BUG: kernel NULL pointer dereference');
    expect(stage.booted().filter((line) => line.startsWith('patched'))).toHaveLength(2);
  });

  it('the candidate’s, once: not a boot failure', async () => {
    const { outcome } = await scene({ patched: [{ boot: 'panic' }, {}] });
    expect(outcome.record.failures).toEqual([]);
    expect(ends(outcome)).toMatchObject({ 'patched 1': 'panic', 'patched 2': 'complete' });
    expect(reasons(outcome)).not.toContain('does not boot');
    expect(changes(outcome)).toMatchObject({ 'mine:one/race': 'fixed' });
  });

  it('a panic in a test is that test’s result', async () => {
    const { outcome } = await scene({ patched: [{ two: 'panic' }] });
    expect(outcome.record.failures).toEqual([]);
    expect(outcome.verdict.overall).toBe('not proved');
    expect(reasons(outcome)).toContain('mine:two');
    expect(reasons(outcome)).toContain('planted in a test');
  });

  it('code of the emulator’s own, in a test: as if the boot had not been, and run again', async () => {
    const { outcome } = await scene({ patched: [{ two: 'stale' }, {}] });
    expect(ends(outcome)).toMatchObject({ 'patched 1': 'emulator-fault', 'patched 2': 'complete' });
    expect(outcome.record.boots.flatMap(({ splats }) => splats)).toEqual([]);
    expect(outcome.verdict.overall).toBe('proved');
  });

  it('the same, each time: no verdict', async () => {
    const { outcome } = await scene({ patched: [{ two: 'stale' }] });
    expect(outcome.verdict.overall).toBe('no verdict');
    expect(reasons(outcome)).toContain('a breakpoint that was no longer in');
  });

  it('vng that dies in mid-test: no verdict, whatever the other side did', async () => {
    for (const side of ['base', 'patched'] as const) {
      const { outcome } = await scene({ [side]: [{ one: 'die' }] });
      expect(told(outcome)).toEqual({
        overall: 'no verdict',
        exit: 69,
        failures: [{ variant: side, stage: 'vm', code: 'vm-lost', times: 1 }],
      });
    }
  });
});

describe('a guest that hangs', () => {
  beforeEach(() => {
    // Waits of minutes pass in seconds; those of helpers stay as they are.
    const real = globalThis.setTimeout;
    const hurried = (work: () => void, ms?: number): NodeJS.Timeout =>
      real(work, ms !== undefined && ms >= 30_000 ? ms / 40 : ms);
    vi.stubGlobal('setTimeout', Object.assign(hurried, real));
    return () => vi.unstubAllGlobals();
  });

  it('in a test: that test has timed out, on both tries', async () => {
    const { outcome } = await scene({ patched: [{ two: 'hang' }] });
    expect(ends(outcome)).toMatchObject({ 'patched 1': 'timeout', 'patched 2': 'timeout' });
    expect(outcome.record.failures).toEqual([]);
    expect(outcome.verdict.overall).toBe('not proved');
    expect(outcome.verdict.tests.find(({ name }) => name === 'mine:two')).toMatchObject({
      outcomes: { base: 'pass', patched: 'timeout' },
      change: { patched: 'broken' },
    });
    expect(reasons(outcome)).toContain('mine:two');
  });

  it('at boot, twice: not proved', async () => {
    const { outcome } = await scene({ patched: [{ boot: 'hang' }] });
    expect(told(outcome)).toEqual({
      overall: 'not proved',
      exit: 1,
      failures: [{ variant: 'patched', stage: 'boot', code: 'boot-timeout', times: 2 }],
    });
  });
});

describe('a boot that cannot even be begun', () => {
  it('ends the run only when the VM beside it has told its end', async () => {
    const stage = setStage();
    const listener = (event: RunEvent): void => {
      if (event.type !== 'kernel-built' || event.kernel.variant !== 'patched') return;
      write(path.join(stage.run, 'cells', event.kernel.cell), { 'patched/boot-1': 'in the way' });
    };
    const running = play(stage, undefined, {
      settings: { ...settings, vms: 2 },
      listeners: [listener],
    });
    await expect(running).rejects.toThrow('EEXIST');
    const boots = eventsOf(stage.run).filter(({ type }) => type === 'boot-finished');
    expect(boots).toMatchObject([{ boot: { variant: 'base', end: { kind: 'complete' } } }]);
  });
});
