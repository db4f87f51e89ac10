// SPDX-License-Identifier: MIT
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { recordOf } from '../../runner/cli/run-folder.ts';
import type { Script } from './script.ts';
import { eventsOf, play, setStage, settings, warmStage } from './stage.ts';

// A busy host may take its time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 60_000 });

describe('a run that is stopped', () => {
  const hanging = { one: 'hang' } as const;
  // `leaves`: how many results come before the programs that hang do: one of each of those.
  it.each<{ what: string; vms: number; leaves: number; script: Script }>([
    { what: 'in its first VM', vms: 1, leaves: 1, script: { base: [hanging], patched: [{}] } },
    { what: 'in its last VM', vms: 1, leaves: 5, script: { base: [{}], patched: [hanging] } },
    { what: 'in two VMs', vms: 2, leaves: 2, script: { base: [hanging], patched: [hanging] } },
  ])('$what: the record ends in run-interrupted and blames nobody', async (given) => {
    const stage = warmStage(given.script);
    const stop = new AbortController();
    let leaves = 0;
    const outcome = await play(stage, undefined, {
      signal: stop.signal,
      settings: { ...settings, vms: given.vms },
      listeners: [
        (event) => {
          if (event.type === 'test-result' && ++leaves === given.leaves) stop.abort('SIGINT');
        },
      ],
    });
    expect(outcome.record).toMatchObject({ interrupted: true, finished: false, failures: [] });
    expect(outcome.verdict.overall).toBe('no verdict');
    expect(eventsOf(stage.run).at(-1)).toMatchObject({ type: 'run-interrupted', signal: 'SIGINT' });
    expect(await recordOf(stage.run)).toStrictEqual(outcome.record);
    // Every VM has told its end before the stream was closed.
    const ended = outcome.record.boots.filter(({ end }) => end.kind === 'canceled');
    expect(ended).toHaveLength(given.vms);
  });
});

describe('a run that is stopped while it builds', () => {
  it('ends in run-interrupted, boots nothing and leaves an empty workshop', async () => {
    const stage = setStage({}, { 'net/four.c': '#wait\n' });
    const stop = new AbortController();
    const outcome = await play(stage, undefined, {
      signal: stop.signal,
      listeners: [
        (event) => {
          if (event.type === 'stage-progress' && event.detail === 'net/four.o')
            stop.abort('SIGINT');
        },
      ],
    });
    expect(outcome.record).toMatchObject({ interrupted: true, finished: false, failures: [] });
    expect(eventsOf(stage.run).at(-1)?.type).toBe('run-interrupted');
    expect(stage.booted()).toEqual([]);
    expect(readdirSync(path.join(stage.cache, 'workshop'))).toEqual([]);
  });
});
