// SPDX-License-Identifier: MIT
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ownerPrefix } from '../../runner/host/owner.ts';
import { boot } from '../../runner/vm/boot.ts';
import type { Patience } from '../../runner/vm/boot.ts';
import type { Accelerator, GuestEvent } from '../../runner/vm/model.ts';
import { guestTest, line, Stage, stream } from './fake.ts';
import type { Step } from './fake.ts';

const ample = 20_000;
const limits: Patience = { testGrace: ample, idle: ample, powerOff: ample, panic: ample };
const oneTest = [stream.hello, stream.started, stream.output, stream.finished];
const kernelLine = '[    0.000000] Linux version 6.12.0\r\n';

let stage: Stage;

async function play(
  steps: readonly Step[] | null,
  options: {
    limits?: Partial<Patience>;
    bootTimeoutMs?: number;
    testMs?: number;
    accelerator?: Accelerator['name'];
  } = {},
  onEvent?: (event: GuestEvent, stop: AbortController) => void,
): Promise<Awaited<ReturnType<typeof boot>>> {
  stage = await Stage.set(steps);
  const stop = new AbortController();
  return boot(
    {
      ...stage.request([guestTest(options.testMs)], options.bootTimeoutMs),
      accelerator: { name: options.accelerator ?? 'tcg', why: 'the test says so' },
      onEvent: (event) => onEvent?.(event, stop),
    },
    { emit: () => undefined, signal: stop.signal, cell: 'cell' },
    { ...limits, ...options.limits },
  );
}

afterEach(async () => {
  // Whatever happened: no process and no launch folder is left.
  const alive = await stage.alive();
  const left = await readdir(stage.file('tmp'));
  await stage.remove();
  if (alive.length + left.length > 0)
    throw new Error(`left behind: ${[...alive, ...left].join(' ')}`);
});

describe('a boot that ends well', () => {
  it('hands on every event as it comes and keeps both logs', async () => {
    const live: string[] = [];
    const result = await play(
      [{ console: kernelLine }, { port: [...oneTest, stream.end] }, { leave: 0 }],
      {},
      (event) => live.push(event.type),
    );
    expect(result.end).toEqual({ kind: 'complete' });
    expect(live).toEqual(['hello', 'test-started', 'output', 'test-finished', 'end']);
    expect(result.events.map(({ type }) => type)).toEqual(live);
    expect(await stage.read('events.log')).toBe([...oneTest, stream.end].join(''));
    expect(await stage.read('console.log')).toContain('Linux version 6.12.0');
  });

  it('gives vng a folder with the kernel and the job behind the image, and no path to quote', async () => {
    await play([{ port: [stream.end] }, { leave: 0 }]);
    const { args, cwd, home, files, initrd, kernel } = stage.seen();
    expect(files.toSorted()).toEqual(['bzImage', 'empty', 'initrd', 'port']);
    expect(kernel).toBe('the kernel');
    expect(initrd.startsWith('the image')).toBe(true);
    expect(initrd).toContain('arg /tests/one\narg -v\nrun\n');
    expect(home).toBe(cwd);
    expect(args.join(' ')).not.toContain(stage.folder);
  });

  it.each([1, 7, 64])('reads a stream cut every %d bytes', async (size) => {
    const text = [...oneTest, stream.end].join('');
    const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
    const { end, events } = await play([{ port: pieces }, { leave: 0 }]);
    expect(end.kind).toBe('complete');
    expect(events).toHaveLength(5);
  });

  it('misses nothing that was sent just before QEMU went', async () => {
    const burst = stream.output.repeat(2000);
    const { events } = await play([{ port: [burst + stream.end] }, { leave: 0 }]);
    expect(events).toHaveLength(2001);
  });

  it('is complete although vng itself has no status to give', async () => {
    const { end } = await play([{ port: [...oneTest, stream.end] }, { leave: 255 }]);
    expect(end).toEqual({ kind: 'complete' });
  });

  it('is complete although the guest never powers off', async () => {
    const { end } = await play([{ port: [...oneTest, stream.end] }, { leave: 'hang' }], {
      limits: { powerOff: 200 },
    });
    expect(end).toEqual({ kind: 'complete' });
  });
});

describe('output of a test', () => {
  const output = (data: string): string => line({ type: 'output', test: 0, data });
  const text = (events: readonly GuestEvent[]): string =>
    events.map((event) => (event.type === 'output' ? event.data : '')).join('');

  it('becomes text again, also where a character is cut in two', async () => {
    const { events } = await play([
      { port: [stream.hello, stream.started, output('gr\u00c3'), output('\u00bc\u00c3\u009f\n')] },
      { port: [stream.finished, stream.end] },
      { leave: 0 },
    ]);
    expect(text(events)).toBe('grüß\n');
  });

  it('keeps hostile bytes from becoming events or breaking the stream', async () => {
    const { events, end } = await play([
      { port: [stream.hello, stream.started] },
      // What is not UTF-8, and a forged end mark inside a string.
      { port: [output('\u00ff\u0000\u001b[2J'), output('{"type":"end","at":1}\n')] },
      { port: [output('\u00c3')] },
      { port: [stream.finished, stream.end] },
      { leave: 0 },
    ]);
    expect(end.kind).toBe('complete');
    expect(text(events)).toBe('\uFFFD\0\u001b[2J{"type":"end","at":1}\n\uFFFD');
    expect(events.filter(({ type }) => type === 'end')).toHaveLength(1);
  });

  it.each(['{"type":"end"}', 'null', '[]', '\u00ff\u00fe', '{"type":"test-finished","at":1,"te'])(
    'is worth nothing once the stream holds what is no event: %s',
    async (garbage) => {
      const { end } = await play([
        { port: [stream.hello, stream.started, `${garbage}\n`] },
        { port: [stream.finished, stream.end] },
        { leave: 0 },
      ]);
      expect(end).toMatchObject({ kind: 'vm-lost', detail: expect.stringContaining('no event') });
    },
  );

  it("is worth nothing when the agent gave up, which is not the kernel's death", async () => {
    const { end } = await play([
      { console: '[    1.2] patchproof: fatal: port patchproof.events: No such file\r\n' },
      { leave: 0 },
    ]);
    expect(end).toEqual({
      kind: 'vm-lost',
      detail: 'the guest agent gave up: port patchproof.events: No such file',
    });
  });
});

describe('a kernel that dies', () => {
  const panic = '[    1.5] Kernel panic - not syncing: Fatal exception\r\n';

  it('is a panic, with what led to it and what followed', async () => {
    const { end } = await play([
      { console: `${kernelLine}[    1.4] BUG: unable to handle page fault\r\n` },
      { console: `[    1.4] Call Trace:\r\n${panic}[    1.6] Kernel Offset: disabled\r\n` },
      { leave: 0 },
    ]);
    expect(end).toEqual({
      kind: 'panic',
      lines: [
        '[    1.4] BUG: unable to handle page fault',
        '[    1.4] Call Trace:',
        '[    1.5] Kernel panic - not syncing: Fatal exception',
        '[    1.6] Kernel Offset: disabled',
      ],
    });
  });

  it('is a panic under KVM, also by a breakpoint that memory does not hold', async () => {
    const lines = '[    1.4] Oops: int3: 0000 [#1]\r\n[    1.4] Code: 08 e8 <8a> 26\r\n';
    const script = [{ console: `${kernelLine}${lines}${panic}` }, { leave: 0 }];
    expect((await play(script, { accelerator: 'kvm' })).end.kind).toBe('panic');
    expect((await play(script)).end.kind).toBe('emulator-fault');
  });

  it('is a panic when the line comes in pieces and QEMU stays', async () => {
    const { end } = await play(
      [
        { port: [stream.hello, stream.started] },
        { console: panic.slice(0, 20) },
        { console: panic.slice(20) },
        { leave: 'hang' },
      ],
      { limits: { panic: 200 } },
    );
    expect(end.kind).toBe('panic');
  });

  it('is a panic within its time, whatever still arrives', async () => {
    const { end } = await play(
      [{ console: panic }, { port: [stream.hello, stream.started] }, { leave: 'hang' }],
      { limits: { panic: 300 } },
    );
    expect(end.kind).toBe('panic');
  });

  it('is a panic, not a lost VM, when the machine resets without a word', async () => {
    const { end } = await play([{ console: kernelLine }, { leave: 0 }]);
    expect(end).toEqual({
      kind: 'panic',
      lines: [
        'The guest reset or switched itself off without a panic, after:',
        '[    0.000000] Linux version 6.12.0',
      ],
    });
  });
});

describe('a guest that hangs', () => {
  it('before its agent: a timeout of the boot', async () => {
    const { end } = await play([{ console: kernelLine }, { leave: 'hang' }], {
      bootTimeoutMs: 500,
    });
    expect(end).toEqual({ kind: 'timeout', during: 'boot', test: null });
  });

  it('in a test, agent and all: a timeout of that test', async () => {
    const { end } = await play(
      [{ port: [stream.hello, stream.started, stream.output] }, { leave: 'hang' }],
      { testMs: 100, limits: { testGrace: 200 } },
    );
    expect(end).toEqual({ kind: 'timeout', during: 'test', test: 0 });
  });

  it('between tests: a timeout of no test', async () => {
    const { end } = await play([{ port: oneTest }, { leave: 'hang' }], { limits: { idle: 200 } });
    expect(end).toEqual({ kind: 'timeout', during: 'test', test: null });
  });
});

describe('a VM that is lost', () => {
  it('QEMU killed', async () => {
    const { end, events } = await play([
      { console: kernelLine },
      { port: [stream.hello, stream.started, '{"type":"outp'] },
      { leave: 9 },
    ]);
    expect(end).toMatchObject({ kind: 'vm-lost', detail: expect.stringContaining('status 9') });
    expect(events.map(({ type }) => type)).toEqual(['hello', 'test-started']);
  });

  it('QEMU terminated politely, which leaves status 0', async () => {
    const said = 'qemu-system-x86_64: terminating on signal 15 from pid 1 (init)';
    const { end } = await play([
      { console: kernelLine },
      { port: [stream.hello] },
      { stderr: `${said}\n` },
      { leave: 0 },
    ]);
    expect(end).toMatchObject({ kind: 'vm-lost', detail: expect.stringContaining(said) });
  });

  it('QEMU that never starts', async () => {
    const { end } = await play([
      { stderr: "qemu-system-x86_64: warning: TCG doesn't support requested feature\n" },
      { stderr: "qemu-system-x86_64: cannot set up guest memory 'pc.ram'\n" },
      { leave: 0 },
    ]);
    expect(end).toMatchObject({
      kind: 'vm-lost',
      detail: expect.stringContaining('cannot set up guest memory'),
    });
  });

  it('QEMU that ends before the kernel spoke', async () => {
    const { end } = await play([{ console: 'SeaBIOS\r\n' }, { leave: 0 }]);
    expect(end).toMatchObject({ kind: 'vm-lost', detail: expect.stringContaining('SeaBIOS') });
  });

  it('vng killed', async () => {
    const { end } = await play([{ port: [stream.hello] }, { leave: 'SIGKILL' }]);
    expect(end.kind).toBe('vm-lost');
  });

  it('no vng at all is an error with a remedy', async () => {
    await expect(play(null)).rejects.toMatchObject({ code: 'missing-tool', exitCode: 69 });
  });
});

it('a canceled boot takes everything along at once', async () => {
  const { end } = await play(
    [{ port: [stream.hello, stream.started] }, { leave: 'hang' }],
    {},
    (event, stop) => {
      if (event.type === 'test-started') stop.abort();
    },
  );
  expect(end).toEqual({ kind: 'canceled' });
});

it('removes the launch folders of runs that were killed, and nobody else’s', async () => {
  stage = await Stage.set([{ port: [stream.end] }, { leave: 0 }]);
  // The largest pid Linux can have is 2^22.
  const ours = ownerPrefix();
  const dead = stage.file('tmp', `patchproof-vm-4194305.1.${ours.split('.')[2] ?? ''}abc`);
  const other = stage.file('tmp', 'patchproof-vm-x');
  const mine = stage.file('tmp', `patchproof-vm-${ours}abc`);
  for (const folder of [dead, other, mine]) {
    await mkdir(folder);
    await writeFile(path.join(folder, 'initrd'), '');
  }
  const context = { emit: () => undefined, signal: new AbortController().signal, cell: 'cell' };
  await boot(stage.request(), context);
  const left = await readdir(stage.file('tmp'));
  await stage.remove();
  expect(left.toSorted()).toEqual([path.basename(mine), path.basename(other)].toSorted());
  stage = await Stage.set(null);
});

it('says so when the events cannot be written', async () => {
  stage = await Stage.set([{ port: [stream.hello] }, { leave: 'hang' }]);
  await mkdir(stage.file('boot-1', 'events.log'));
  const context = { emit: () => undefined, signal: new AbortController().signal, cell: 'cell' };
  await expect(boot(stage.request(), context)).rejects.toMatchObject({ code: 'run-directory' });
});
