// SPDX-License-Identifier: MIT
// Stands in for virtme-ng at a terminal: shows what a person would sit at, and what they type there.
import { readFileSync } from 'node:fs';

const words = process.argv.slice(2);
const own = { pid: process.pid, words, kernel: readFileSync('bzImage', 'utf8') };
process.stdout.write(`${JSON.stringify({ ...own, initrd: readFileSync('initrd', 'latin1') })}\n`);
for await (const typed of process.stdin) {
  if (String(typed).includes('fail')) process.exit(3);
  process.stdout.write(`typed ${String(typed)}`);
}
