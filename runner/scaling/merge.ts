// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { mergeShards } from '../pipeline/merge.ts';
import { judge } from '../verdict/judge.ts';

/** Merges FOLDER/shards as `patchproof merge` does, and prints what that took of this process alone. */
const [root = '.'] = process.argv.slice(2);
const folder = path.join(root, 'merged');
await mkdir(folder);
const before = live();
const started = performance.now();
const record = await mergeShards({
  folders: [path.join(root, 'shards')],
  expected: [],
  argv: [],
  folder,
});
const joined = performance.now();
const held = live() - before;
const judgedAt = performance.now();
const verdict = judge(record, { strict: false });
const judged = performance.now();
const peak = process.resourceUsage().maxRSS / 1024;
process.stdout.write(
  `joined in ${seconds(joined - started)}, judged in ${seconds(judged - judgedAt)}, ` +
    `${held.toFixed(0)} MB held by the record, peak ${peak.toFixed(0)} MiB, ` +
    `${verdict.overall}, ${verdict.tests.length} rows\n`,
);

function live(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
