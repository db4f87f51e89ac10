#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Stands for vng and its QEMU: plays the steps of $FAKE_VNG_STEPS from the launch folder, with a
// child in the same process group in QEMU's place.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';

const steps = JSON.parse(readFileSync(process.env.FAKE_VNG_STEPS, 'utf8'));
const qemu = spawn('sleep', ['600'], { stdio: 'inherit' });
writeFileSync(
  process.env.FAKE_VNG_SEEN,
  JSON.stringify({
    pids: [process.pid, qemu.pid],
    cwd: process.cwd(),
    args: process.argv.slice(2),
    home: process.env.HOME,
    files: readdirSync('.'),
    initrd: readFileSync('initrd', 'latin1'),
    kernel: readFileSync('bzImage', 'latin1'),
  }),
);
const port = connect('port');
await once(port, 'connect');

for (const step of steps) {
  if ('console' in step) await write(process.stdout, step.console);
  if ('stderr' in step) await write(process.stderr, step.stderr);
  // Each piece is a write of its own, and the next one waits until it is out.
  for (const piece of step.port ?? []) await write(port, Buffer.from(piece, 'latin1'));
  if (step.leave === 'hang') await new Promise(() => setInterval(() => {}, 1000));
  if ('leave' in step) {
    qemu.kill('SIGKILL');
    port.end();
    await once(port, 'close');
    if (typeof step.leave === 'number') process.exit(step.leave);
    process.kill(process.pid, step.leave);
  }
}

function write(stream, text) {
  return new Promise((done) => stream.write(text, done));
}
