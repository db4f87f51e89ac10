// SPDX-License-Identifier: MIT
import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { RunEvent, RunEventBody } from '../../runner/events.ts';
import { openView } from '../../runner/report/view.ts';
import { proved } from './sample.ts';

const [cell] = proved.cells;
if (cell === undefined) throw new Error('the sample has no cell');

function where(stage: 'source' | 'build' | 'test' | 'selftests', variant: string | null) {
  return { stage, cell: '6.12/lean', variant } as const;
}

const bodies: RunEventBody[] = [
  { type: 'stage-started', where: where('source', null), title: 'Fetching 6.12' },
  { type: 'stage-progress', where: where('source', null), done: 1, total: 3, detail: 'MB' },
  {
    type: 'stage-finished',
    where: where('source', null),
    detail: 'from the cache',
    durationMs: 1200,
  },
  { type: 'note', text: 'Using tcg: 0.5 s against 12.6 s' },
  {
    type: 'stage-finished',
    where: where('selftests', null),
    detail: '4 programs',
    durationMs: 900,
  },
  { type: 'cell-planned', cell },
  { type: 'stage-started', where: where('build', 'base'), title: 'Building' },
  {
    type: 'stage-progress',
    where: where('build', 'base'),
    done: 12,
    total: 1018,
    detail: 'net/ipv4/tcp.o',
  },
  {
    type: 'stage-finished',
    where: where('build', 'base'),
    detail: '1018 objects',
    durationMs: 312_000,
  },
  {
    type: 'stage-failed',
    where: where('build', 'patched'),
    message: 'It does \u001b[31mnot\u001b[0m compile',
  },
  { type: 'stage-started', where: where('test', 'base'), title: '4 test programs, boot 1' },
  {
    type: 'test-result',
    where: where('test', 'base'),
    name: 'tcp_repair:frozen/a',
    outcome: 'pass',
  },
  {
    type: 'test-result',
    where: where('test', 'base'),
    name: 'tcp_repair:frozen/b',
    outcome: 'fail',
  },
  ...proved.attempts.slice(0, 1).map((attempt) => ({ type: 'attempt-finished' as const, attempt })),
  { type: 'run-interrupted', signal: 'SIGINT' },
];
const events = bodies.map((it, time): RunEvent => ({ time, ...it }));

class Screen extends Writable {
  text = '';
  writes = 0;
  readonly columns: number = 100;
  readonly rows = 40;
  readonly isTTY: boolean;

  constructor(isTTY: boolean) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk;
    this.writes++;
    done();
  }
}

const stream = (screen: Screen): WriteStream => screen as unknown as WriteStream;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('plain lines', () => {
  it('are as in their golden file', async () => {
    const screen = new Screen(false);
    const view = await openView(stream(screen), {});
    for (const event of events) view.listen(event);
    await view.close();
    await expect(screen.text).toMatchFileSnapshot('golden/progress.txt');
  });

  it.each([{ CI: 'true' }, { TERM: 'dumb' }])(
    'are used under %o on a terminal too',
    async (environment) => {
      const screen = new Screen(true);
      const view = await openView(stream(screen), environment);
      view.listen(events[0] as RunEvent);
      await view.close();
      expect(screen.text).toBe('6.12/lean: Fetching 6.12\n');
    },
  );
});

it('plain lines are used on a terminal without a size', async () => {
  const screen = Object.assign(new Screen(true), { columns: 0 });
  const view = await openView(stream(screen), {});
  view.listen(events[0] as RunEvent);
  await view.close();
  expect(screen.text).toBe('6.12/lean: Fetching 6.12\n');
});

describe('the live view', () => {
  it('ends with what became of every phase, and gives the terminal back', async () => {
    const screen = new Screen(true);
    const exitCode = process.exitCode;
    const listeners = process.listenerCount('SIGINT');
    const view = await openView(stream(screen), { TERM: 'xterm' });
    for (const event of events) {
      view.listen(event);
      await turn();
    }
    expect(process.listenerCount('SIGINT')).toBe(listeners);
    await view.close();
    expect(screen.text.endsWith('\u001b[?25h')).toBe(true);
    const shown = stripVTControlCharacters(screen.text);
    const last = shown.slice(shown.lastIndexOf('Kernel source, 6.12/lean'));
    expect(last).toContain('Kernel source, 6.12/lean: from the cache');
    expect(last).toContain('base: build: 1018 objects');
    expect(last).toContain('patched: It does not compile');
    expect(last).toContain('base: interrupted; 1 pass, 1 fail; tcp_repair:frozen/b');
    expect(screen.text).not.toContain('\u001b[31mnot');
    expect(process.exitCode).toBe(exitCode);
  });

  it('draws no more often for 10,000 events than for one', async () => {
    const screen = new Screen(true);
    const view = await openView(stream(screen), { TERM: 'xterm' });
    const started = performance.now();
    for (let done = 0; done < 10_000; done++) {
      view.listen({
        time: done,
        type: 'stage-progress',
        where: where('build', 'base'),
        done,
        total: 10_000,
        detail: `${done}.o`,
      });
      // listr2 starts, and draws, only when the event loop gets its turns.
      if (done % 100 === 0) await turn();
    }
    await turn();
    await view.close();
    expect(screen.writes).toBeLessThan(100);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('closes without an event, and shows a second cell after the first', async () => {
    const idle = new Screen(true);
    await (await openView(stream(idle), {})).close();
    expect(idle.text).toBe('');
    const screen = new Screen(true);
    const view = await openView(stream(screen), {});
    view.listen(events[0] as RunEvent);
    view.listen({
      time: 1,
      type: 'stage-started',
      where: { stage: 'source', cell: '6.1/lean', variant: null },
      title: 'x',
    });
    await view.close();
    expect(screen.text).toContain('Kernel source, 6.12/lean');
    expect(screen.text).toContain('Kernel source, 6.1/lean');
    expect(screen.text).toMatch(/Guest image: not reached/);
  });
});
