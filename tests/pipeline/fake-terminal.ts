// SPDX-License-Identifier: MIT
// Stands in for virtme-ng at a terminal: shows what a person would sit at, and what they type there.
import { copyFileSync, readFileSync } from 'node:fs';

const words = process.argv.slice(2);
const kernel = readFileSync('bzImage', 'utf8');
// A copy: the folder goes with the machine.
const initrd = `${process.env['FAKE_VNG_SCRIPT']}.initrd`;
copyFileSync('initrd', initrd);
process.stdout.write(`${JSON.stringify({ pid: process.pid, words, kernel, initrd })}\n`);
for await (const typed of process.stdin) {
  if (String(typed).includes('fail')) process.exit(3);
  process.stdout.write(`typed ${String(typed)}`);
}
