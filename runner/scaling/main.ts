// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../host/process.ts';
import { streamFile } from '../pipeline/stream.ts';
import { matrixOf } from '../proof/matrix.ts';
import type { Cell, Plan } from '../proof/model.ts';
import { chance, streamOf } from './streams.ts';

/**
 * `npm run scaling [CELLS...]`: how many cells behave, by simulation on generated streams: the
 * balance of a matrix split by recorded durations, then time and memory of a merge. docs/scaling.md
 * says what to read off it.
 */
const sizes = process.argv.slice(2).map(Number);
const mergeScript = fileURLToPath(new URL('merge.ts', import.meta.url));

balance();
for (const cells of sizes.length > 0 ? sizes : [100, 1000, 10_000]) await merged(cells);

/** The longest job over the average one: 1 is a matrix of which no job waits for another. */
function balance(): void {
  process.stdout.write('40 cells of 13 programs, 1 to 60 s each\n');
  process.stdout.write('  jobs   longest/average, durations known   not known\n');
  const programs = Array.from({ length: 13 }, (_, index) => `generated:program_${index}`);
  const cells = Array.from({ length: 40 }, (_, index): Cell => ({
    id: `6.${index}/lean`,
    kernel: `6.${index}`,
    profile: 'lean',
    candidates: [{ name: 'patched' }],
    mutants: [],
    tests: [],
    image: 'agent',
    why: 'generated',
  }));
  const durations = new Map(
    cells.map(({ id }) => [
      id,
      new Map(programs.map((it) => [it, 1000 * 60 ** chance('duration', id, it)])),
    ]),
  );
  const plan = { proof: {} as Plan['proof'], cells };
  for (const jobs of [40, 80, 160, 256]) {
    const total = [...durations.values()]
      .flatMap((it) => [...it.values()])
      .reduce((sum, it) => sum + it, 0);
    const known = matrixOf(plan, jobs, { cells: durations });
    const longest = Math.max(...known.map((it) => it.seconds ?? 0));
    // Without durations every cell gets as many shards as any other, of as many programs.
    const shards = Math.floor(jobs / cells.length);
    const blind = cells.flatMap(({ id }) =>
      Array.from({ length: shards }, (_, shard) =>
        programs
          .filter((_it, index) => index % shards === shard)
          .reduce((sum, it) => sum + (durations.get(id)?.get(it) ?? 0), 0),
      ),
    );
    const average = total / known.length;
    const row = [
      String(known.length).padStart(6),
      ((1000 * longest) / average).toFixed(2).padStart(34),
      (Math.max(...blind) / (total / blind.length)).toFixed(2).padStart(12),
    ];
    process.stdout.write(`${row.join('')}\n`);
  }
}

/** Generates the streams of so many cells, merges them in a process of its own, and measures that. */
async function merged(cells: number): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'patchproof-scaling-'));
  try {
    let bytes = 0;
    for (let index = 0; index < cells; index++) bytes += await generate(folder, index);
    const result = await run(process.execPath, ['--expose-gc', mergeScript, folder]);
    if (result.exitCode !== 0) throw new Error(result.tail.join('\n'));
    const stream = `${(bytes / 1e6).toFixed(0)} MB of streams`;
    process.stdout.write(`${cells} cells, ${stream}: ${result.stdout.trim()}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function generate(folder: string, index: number): Promise<number> {
  const shard = path.join(folder, 'shards', String(index).padStart(6, '0'));
  await mkdir(shard, { recursive: true });
  const output = createWriteStream(streamFile(shard));
  for (const event of streamOf(index)) output.write(`${JSON.stringify(event)}\n`);
  output.end();
  await once(output, 'close');
  return output.bytesWritten;
}
