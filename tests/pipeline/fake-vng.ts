// SPDX-License-Identifier: MIT
// Stands in for virtme-ng: "boots" the fake kernel in ./bzImage by the script that
// FAKE_VNG_SCRIPT names, speaks the agent's lines on the socket, and prints a console.
import { appendFileSync, readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { once } from 'node:events';
import { harnessTests, type Script, type TestScript } from './script.ts';

const words = process.argv.slice(2);
if (words.includes('rdinit=/patchproof.shell')) {
  await sitAtTerminal();
} else {
  await boot();
}

/** Shows what a person would sit at, and what they type there. */
async function sitAtTerminal(): Promise<void> {
  const own = { pid: process.pid, words, kernel: readFileSync('bzImage', 'utf8') };
  process.stdout.write(`${JSON.stringify({ ...own, initrd: readFileSync('initrd', 'latin1') })}\n`);
  for await (const typed of process.stdin) {
    if (String(typed).includes('fail')) process.exit(3);
    process.stdout.write(`typed ${String(typed)}`);
  }
}

async function boot(): Promise<void> {
  const file = process.env['FAKE_VNG_SCRIPT'] ?? '';
  const script = JSON.parse(readFileSync(file, 'utf8')) as Script;
  const [word, name] = /PATCHED(?:_(\w+))?/.exec(readFileSync('bzImage', 'utf8')) ?? [];
  const hasReason = word !== undefined;
  const variant = variable() ?? name ?? (hasReason ? 'patched' : 'base');
  const boots = `${file}.boots`;
  appendFileSync(boots, `${variant} ${words.includes('--disable-kvm') ? 'tcg' : 'kvm'}\n`);
  const number = readFileSync(boots, 'utf8').split(`${variant} `).length - 1;
  const own = script[variant]?.[number - 1] ?? script[variant]?.at(-1) ?? {};

  const port = /path=([^ ,]+)/.exec(words.join(' '))?.[1] ?? '';
  const socket = createConnection(port);
  await once(socket, 'connect');
  printk(`Linux version 6.12.7-${variant}`);
  printk(`Command line: ${words.filter((_, at) => words[at - 1] === '-a').join(' ')}`);
  if (own.boot === 'panic') return panic('planted at boot');
  if (own.boot === 'hang') return hang();
  await say(socket, {
    type: 'hello',
    at: 10,
    release: `6.12.7-${variant}`,
    machine: 'x86_64',
    cpus: 2,
    dropTable: { 2: 'NOT_SPECIFIED', ...(hasReason ? { 9: 'SOCKET_REPAIR' } : {}) },
  });
  for (const [test, { program, leaves }] of programs().entries()) {
    const how = own[program] ?? 'pass';
    printk(`patchproof: test ${test} begins`);
    const dropped = hasReason && program === 'one' ? (own.wrongReason === true ? 2 : 9) : null;
    if (await runTest(socket, test, leaves, how, dropped)) return;
  }
  await say(socket, { type: 'end', at: 900 });
  printk('reboot: Power down');
  socket.end();
  await once(socket, 'close');
}

/** The job is the text at the end of the initrd. */
function job(): string {
  const text = readFileSync('initrd', 'latin1');
  return text.slice(text.lastIndexOf('patchproof-job 1'));
}

/** Set for tests with an environment of their own. */
function variable(): string | undefined {
  return /^env VARIANT=(.*)$/m.exec(job())?.[1];
}

/** The programs of the job, in its order. */
function programs(): { program: 'one' | 'two'; leaves: readonly string[] }[] {
  return job()
    .split(/^run$/m)
    .flatMap((block) => {
      const [, program] = /^arg \/selftests\/[\w/]*\/(one|two)$/m.exec(block) ?? [];
      if (program !== 'one' && program !== 'two') return [];
      const wanted = [...block.matchAll(/^arg -r\narg (.*)$/gm)].map(([, name = '']) => name);
      const all = program === 'one' ? ['steady', 'race'] : harnessTests;
      return [{ program, leaves: wanted.length > 0 ? wanted : all }];
    });
}

/** True when the machine is gone with the test. */
async function runTest(
  socket: Socket,
  test: number,
  leaves: readonly string[],
  how: TestScript,
  dropped: number | null,
): Promise<boolean> {
  const at = 100 + test;
  const racing = leaves.filter((name) => name.endsWith('race'));
  const steady = leaves.filter((name) => !name.endsWith('race'));
  const print = (data: string): Promise<void> => say(socket, { type: 'output', at, test, data });
  await say(socket, { type: 'test-started', at, test });
  await print(`TAP version 13\n1..${leaves.length}\n`);
  for (const [index, name] of steady.entries()) await print(`ok ${index + 1} ${name}\n`);
  if (dropped !== null) await print('# counters: repair_segs=7\n');
  if (how === 'panic') {
    panic('planted in a test');
    return true;
  }
  if (how === 'stale') {
    printk('Oops: int3: 0000 [#1] SMP');
    printk('Code: 8b 2d 02 b1 56 00 e8 <8a> 26 06 00 eb');
    panic('planted in a test');
  }
  if (how === 'die') process.kill(process.pid, 'SIGKILL');
  if (how === 'hang' || how === 'die') return hang();
  for (const [index, name] of racing.entries())
    await print(`${how === 'pass' ? 'ok' : 'not ok'} ${steady.length + index + 1} ${name}\n`);
  await say(socket, {
    type: 'test-finished',
    at: at + 50,
    test,
    exitCode: how === 'pass' || racing.length === 0 ? 0 : 1,
    signal: null,
    timedOut: false,
    drops: dropped === null ? {} : { [dropped]: 7 },
    dropsLost: 0,
  });
  return false;
}

async function say(socket: Socket, event: object): Promise<void> {
  await new Promise<void>((done) => socket.write(`${JSON.stringify(event)}\n`, () => done()));
}

function printk(text: string): void {
  process.stdout.write(`[    0.100000] ${text}\n`);
}

/** What `panic=-1` with `-no-reboot` comes to: the trace, and QEMU ends content. */
function panic(why: string): void {
  printk('BUG: kernel NULL pointer dereference, address: 0000000000000000');
  printk(`Kernel panic - not syncing: ${why}`);
  process.exit(0);
}

function hang(): Promise<never> {
  return new Promise(() => setInterval(() => undefined, 60_000));
}
