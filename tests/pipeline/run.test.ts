// SPDX-License-Identifier: MIT
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { recordOf } from '../../runner/cli/run-folder.ts';
import type { RunEvent } from '../../runner/events.ts';
import type { RunOutcome } from '../../runner/pipeline/run.ts';
import { exitCodeOf } from '../../runner/verdict/exit.ts';
import { write } from '../kernel/helpers.ts';
import type { Script } from './script.ts';
import { eventsOf, play, setStage, settings, type Stage } from './stage.ts';

// A busy host may take its time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 60_000 });

/** What a run came to, short enough to compare. */
function told({ record, verdict }: RunOutcome): object {
  return {
    overall: verdict.overall,
    exit: exitCodeOf(verdict),
    failures: record.failures.map(({ variant, stage, code, times }) => ({
      variant,
      stage,
      code,
      times,
    })),
  };
}

const reasons = ({ verdict }: RunOutcome): string =>
  (verdict.candidates['patched']?.reasons ?? []).join('\n');

const changes = ({ verdict }: RunOutcome): Record<string, string | undefined> =>
  Object.fromEntries(verdict.tests.map(({ name, change }) => [name, change['patched']]));

/** Boot ends by `variant boot`. */
const ends = ({ record }: RunOutcome): Record<string, string> =>
  Object.fromEntries(
    record.boots.map(({ variant, boot, end }) => [`${variant} ${boot}`, end.kind]),
  );

async function scene(
  script: Partial<Script>,
  patch?: Parameters<typeof play>[1],
): Promise<{ stage: Stage; outcome: RunOutcome }> {
  const stage = setStage(script);
  return { stage, outcome: await play(stage, patch) };
}

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
    const { stage, outcome } = await scene({});
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
    for (const { consoleFile } of outcome.record.boots) {
      expect(readFileSync(path.join(stage.run, consoleFile), 'utf8')).toContain('Linux version');
    }
    const again = await play({ ...stage, run: path.join(stage.folder, 'again') });
    expect(again.verdict).toEqual(outcome.verdict);
    expect(stage.compiled()).toHaveLength(4);
  });

  it('VMs at once: the same verdict, and the record is whole', async () => {
    const stage = setStage();
    const outcome = await play(stage, undefined, { settings: { ...settings, vms: 2 } });
    expect(told(outcome)).toEqual({ overall: 'proved', exit: 0, failures: [] });
    expect(await recordOf(stage.run)).toStrictEqual(outcome.record);
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

describe('a build that fails', () => {
  it('the candidate’s, twice: not proved, with file and line', async () => {
    const { stage, outcome } = await scene({}, 'no-compile');
    expect(told(outcome)).toEqual({
      overall: 'not proved',
      exit: 1,
      failures: [{ variant: 'patched', stage: 'build', code: 'build-failed', times: 2 }],
    });
    expect(reasons(outcome)).toContain('net/two.c:2:2: error: planted');
    expect(stage.compiled().filter((object) => object === 'net/two.o')).toHaveLength(3);
    expect(stage.booted()).toEqual([]);
  });

  it('base’s: no verdict, and the candidate is not even built', async () => {
    const stage = setStage({}, { 'net/three.c': '#error\n' });
    const outcome = await play(stage);
    expect(told(outcome)).toEqual({
      overall: 'no verdict',
      exit: 69,
      failures: [{ variant: 'base', stage: 'build', code: 'build-failed', times: 1 }],
    });
    expect(reasons(outcome)).toContain('does not compile');
    expect(stage.made().filter((words) => words.endsWith('bzImage'))).toHaveLength(1);
  });

  it('the tests’: no verdict', async () => {
    const stage = setStage({});
    write(stage.folder, {
      'mine/Makefile':
        'all: ; @echo "one.c:3:1: error: planted" >&2; false\ninstall: all\nemit_tests: ; @echo $(COLLECTION):one\n',
    });
    const outcome = await play(stage);
    expect(told(outcome)).toEqual({
      overall: 'no verdict',
      exit: 69,
      failures: [{ variant: 'base', stage: 'source', code: 'selftests-failed', times: 1 }],
    });
  });
});

describe('a patch that does not fit', () => {
  it('is shown beside the file’s lines with the ready-made one, and make is never called', async () => {
    const { stage, outcome } = await scene({}, 'stranger');
    expect(told(outcome)).toEqual({
      overall: 'no verdict',
      exit: 69,
      failures: [{ variant: 'patched', stage: 'patch', code: 'patch-does-not-apply', times: 1 }],
    });
    const [failure] = outcome.record.failures;
    expect(failure?.evidence).toContain('-int three(void)');
    expect(failure?.evidence).toContain('+int two(void)');
    expect(failure?.remedy).toContain(stage.patch('good'));
    expect(stage.made()).toEqual([]);
  });

  it('because it is in already: no verdict, and make is never called', async () => {
    const stage = setStage(
      {},
      { 'net/two.c': 'int two(void)\n/* PATCHED */\n{\n\treturn 2;\n}\n' },
    );
    const outcome = await play(stage);
    expect(told(outcome)).toEqual({
      overall: 'no verdict',
      exit: 69,
      failures: [{ variant: 'patched', stage: 'patch', code: 'already-applied', times: 1 }],
    });
    expect(stage.made()).toEqual([]);
  });
});

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

describe('a run that is stopped', () => {
  const hanging = { one: 'hang' } as const;
  // `leaves`: how many results come before the programs that hang do: one of each of those.
  it.each<{ what: string; vms: number; leaves: number; script: Script }>([
    { what: 'in its first VM', vms: 1, leaves: 1, script: { base: [hanging], patched: [{}] } },
    { what: 'in its last VM', vms: 1, leaves: 5, script: { base: [{}], patched: [hanging] } },
    { what: 'in two VMs', vms: 2, leaves: 2, script: { base: [hanging], patched: [hanging] } },
  ])('$what: the record ends in run-interrupted and blames nobody', async (given) => {
    const stage = setStage(given.script);
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

describe('who looks on', () => {
  it('a view that throws is dropped and remembered; the run goes on', async () => {
    const stage = setStage();
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
