// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { PatchproofError } from '../../errors.ts';
import type { ExpectedPart } from '../../evidence/shards.ts';
import { checkRunFolder } from '../../pipeline/folder.ts';
import { mergeShards } from '../../pipeline/merge.ts';
import { writeJson } from '../../report/write.ts';
import { exitCodeOf } from '../../verdict/exit.ts';
import { judge } from '../../verdict/judge.ts';
import { deliver } from '../deliver.ts';
import { toolVersion } from '../version.ts';

/** The options of `patchproof merge` as the command table gives them. */
export interface MergeOptions {
  outputDir?: string;
  matrix?: string;
  strict?: boolean;
  json?: boolean;
}

const matrixFile = z.object({
  include: z.array(
    z.object({
      id: z.string(),
      kernel: z.string(),
      profile: z.string(),
      candidate: z.string(),
      shard: z.string(),
    }),
  ),
});

/** `patchproof merge DIR...`: one run directory and one verdict from those of shards. Returns the exit code. */
export async function mergeCommand(
  folders: readonly string[],
  options: MergeOptions,
): Promise<number> {
  const expected = options.matrix === undefined ? [] : await readMatrix(options.matrix);
  const stamp = `${new Date().toISOString().slice(0, 19).replaceAll(':', '')}-merged`;
  const folder = path.resolve(options.outputDir ?? path.join('patchproof-runs', stamp));
  await checkRunFolder(folder);
  const argv = process.argv.slice(2);
  const record = await mergeShards({ folders, expected, argv, folder });
  const { host, seed, startedAt } = record;
  await writeJson(path.join(folder, 'run.json'), {
    tool: toolVersion(),
    argv,
    host,
    seed,
    startedAt,
  });
  const verdict = judge(record, { strict: options.strict === true });
  await deliver(record, verdict, folder, options.json === true);
  return exitCodeOf(verdict);
}

/** The line that `patchproof matrix` printed. */
async function readMatrix(file: string): Promise<ExpectedPart[]> {
  try {
    return matrixFile.parse(JSON.parse(await readFile(file, 'utf8'))).include;
  } catch (error) {
    throw new PatchproofError({
      kind: 'usage',
      code: 'not-a-matrix',
      message: `${file} is not what patchproof matrix printed.`,
      evidence: (error as Error).message.split('\n').slice(0, 6),
      remedy: 'Type: patchproof matrix PROOF >matrix.json',
      cause: error,
    });
  }
}
