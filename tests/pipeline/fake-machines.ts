// SPDX-License-Identifier: MIT
// The machines behind the scripted vng: each "boots" the fake kernel in its folder's bzImage by a
// script, speaks the agent's lines on the socket, and prints a console. One process for all of
// them: to start Node takes ten times as long as such a boot.
import {
  appendFileSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  watch,
} from 'node:fs';
import { createConnection, Socket } from 'node:net';
import path from 'node:path';
import { harnessTests, type Script, type TestScript } from './script.ts';

/** What the scripted vng was given. */
interface Given {
  pid: number;
  folder: string;
  /** Where the script is. */
  script: string;
  words: readonly string[];
}

interface Machine extends Given {
  console: Socket;
  socket: Socket;
}

const [inbox = ''] = process.argv.slice(2);
watch(inbox, (_event, name) => {
  // A machine comes with one rename, and its folder goes again.
  const given = name === null ? undefined : readGiven(path.join(inbox, name));
  if (given !== undefined) void power(path.join(inbox, name ?? ''), given);
});
process.stdin.resume().on('end', () => process.exit());

function readGiven(folder: string): Given | undefined {
  try {
    const [pid, cwd = '', script = '', ...words] = readFileSync(`${folder}/given`, 'utf8')
      .split('\0')
      .slice(0, -1);
    return { pid: Number(pid), folder: cwd, script, words };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** From power on until vng is gone; one that hangs waits for whoever kills it. */
async function power(folder: string, given: Given): Promise<void> {
  // To read as well is what makes it open at once; what is in it is vng's.
  const console = pipe(`${folder}/console`, constants.O_RDWR, { readable: false });
  // vng says a word when it has both ends, and holds this one as long as it is there.
  const alive = pipe(`${folder}/alive`, constants.O_RDONLY, { writable: false });
  const gone = closed(alive);
  await new Promise((resolve) => alive.once('data', resolve));
  // QEMU takes it from its own folder.
  const port = /id=patchproof,path=([^ ,]+)/.exec(given.words.join(' '))?.[1] ?? '';
  const socket = createConnection(path.resolve(given.folder, port));
  // Who is killed breaks its pipes, and there is nobody left to tell.
  socket.on('error', () => undefined);
  void gone.then(() => socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  const end = await boot({ ...given, console, socket });
  if (end === 'die') process.kill(given.pid, 'SIGKILL');
  if (end === 'off') console.destroySoon();
  await gone;
  console.destroy();
  rmSync(folder, { recursive: true });
}

/** A FIFO that blocks nobody, neither when it is opened nor later. */
function pipe(
  file: string,
  access: number,
  use: { readable?: boolean; writable?: boolean },
): Socket {
  const fd = openSync(file, access | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: true, ...use });
}

type End = 'off' | 'hang' | 'die';

async function boot(machine: Machine): Promise<End> {
  const { folder, script: file, words, socket } = machine;
  const script = JSON.parse(readFileSync(file, 'utf8')) as Script;
  const kernel = readFileSync(path.join(folder, 'bzImage'), 'utf8');
  const [word, name] = /PATCHED(?:_(\w+))?/.exec(kernel) ?? [];
  const hasReason = word !== undefined;
  // The job is the text at the end of the initrd.
  const initrd = readFileSync(path.join(folder, 'initrd'), 'latin1');
  const job = initrd.slice(initrd.lastIndexOf('patchproof-job 1'));
  // Set for tests with an environment of their own.
  const variable = /^env VARIANT=(.*)$/m.exec(job)?.[1];
  const variant = variable ?? name ?? (hasReason ? 'patched' : 'base');
  const boots = `${file}.boots`;
  appendFileSync(boots, `${variant} ${words.includes('--disable-kvm') ? 'tcg' : 'kvm'}\n`);
  const number = readFileSync(boots, 'utf8').split(`${variant} `).length - 1;
  const own = script[variant]?.[number - 1] ?? script[variant]?.at(-1) ?? {};

  printk(machine, `Linux version 6.12.7-${variant}`);
  const added = words.filter((_, at) => words[at - 1] === '-a');
  printk(machine, `Command line: ${added.join(' ')}`);
  printk(machine, `vng ${words.join(' ')}`);
  for (const [variable] of job.matchAll(/^env .*$/gm)) printk(machine, `job: ${variable}`);
  // The folder that is shared as a root, where there is something in it.
  const root = path.join(folder, 'root/etc/is');
  if (words.join(' ').includes('mount_tag=patchproof.root') && existsSync(root))
    printk(machine, `shared root: ${readFileSync(root, 'utf8').trimEnd()}`);
  if (own.boot === 'panic') return panic(machine, 'planted at boot');
  if (own.boot === 'hang') return 'hang';
  await say(socket, {
    type: 'hello',
    at: 10,
    release: `6.12.7-${variant}`,
    machine: 'x86_64',
    cpus: 2,
    dropTable: { 2: 'NOT_SPECIFIED', ...(hasReason ? { 9: 'SOCKET_REPAIR' } : {}) },
  });
  for (const [test, { program, leaves }] of programs(job).entries()) {
    const how = own[program] ?? 'pass';
    printk(machine, `patchproof: test ${test} begins`);
    const dropped = hasReason && program === 'one' ? (own.wrongReason === true ? 2 : 9) : null;
    const end = await runTest(machine, test, leaves, how, dropped);
    if (end !== null) return end;
  }
  await say(socket, { type: 'end', at: 900 });
  printk(machine, 'reboot: Power down');
  socket.end();
  await closed(socket);
  return 'off';
}

/** The programs of the job, in its order. */
function programs(job: string): { program: 'one' | 'two'; leaves: readonly string[] }[] {
  return job.split(/^run$/m).flatMap((block) => {
    const [, program] = /^arg \/selftests\/[\w/]*\/(one|two)$/m.exec(block) ?? [];
    if (program !== 'one' && program !== 'two') return [];
    const wanted = [...block.matchAll(/^arg -r\narg (.*)$/gm)].map(([, name = '']) => name);
    const all = program === 'one' ? ['steady', 'race'] : harnessTests;
    return [{ program, leaves: wanted.length > 0 ? wanted : all }];
  });
}

async function closed(stream: Socket): Promise<void> {
  if (!stream.closed) await new Promise<void>((resolve) => stream.once('close', resolve));
}

/** How the machine ends when it is gone with the test. */
async function runTest(
  machine: Machine,
  test: number,
  leaves: readonly string[],
  how: TestScript,
  dropped: number | null,
): Promise<End | null> {
  const { socket } = machine;
  const at = 100 + test;
  const racing = leaves.filter((name) => name.endsWith('race'));
  const steady = leaves.filter((name) => !name.endsWith('race'));
  const print = (data: string): Promise<void> => say(socket, { type: 'output', at, test, data });
  await say(socket, { type: 'test-started', at, test });
  await print(`TAP version 13\n1..${leaves.length}\n`);
  for (const [index, name] of steady.entries()) await print(`ok ${index + 1} ${name}\n`);
  if (dropped !== null) await print('# counters: repair_segs=7\n');
  if (how === 'stale') {
    printk(machine, 'Oops: int3: 0000 [#1] SMP');
    printk(machine, 'Code: 8b 2d 02 b1 56 00 e8 <8a> 26 06 00 eb');
  }
  if (how === 'panic' || how === 'stale') return panic(machine, 'planted in a test');
  if (how === 'hang' || how === 'die') return how;
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
  return null;
}

async function say(socket: Socket, event: object): Promise<void> {
  await new Promise<void>((done) => socket.write(`${JSON.stringify(event)}\n`, () => done()));
}

function printk({ console }: Machine, text: string): void {
  console.write(`[    0.100000] ${text}\n`);
}

/** What `panic=-1` with `-no-reboot` comes to: the trace, and QEMU ends content. */
function panic(machine: Machine, why: string): End {
  printk(machine, 'BUG: kernel NULL pointer dereference, address: 0000000000000000');
  printk(machine, `Kernel panic - not syncing: ${why}`);
  return 'off';
}
