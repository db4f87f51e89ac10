// SPDX-License-Identifier: MIT
import { createReadStream } from 'node:fs';
import { PatchproofError, exitCodes } from '../../errors.ts';

/** `patchproof ktap FILE|-`: exit 0 when the log is ok, 1 when not. */
export async function ktapCommand(file: string, options: { json?: boolean }): Promise<number> {
  const { KtapReader, printTree, toJson } = await import('../../evidence/ktap/index.ts');
  const reader = new KtapReader();
  const stream = file === '-' ? process.stdin : createReadStream(file);
  try {
    for await (const chunk of stream) reader.push(chunk as Buffer);
  } catch (error) {
    throw new PatchproofError({
      kind: 'usage',
      code: 'no-log',
      message: `The log ${file} cannot be read: ${(error as Error).message}.`,
      remedy: 'Name a KTAP log, or - for standard input: patchproof ktap FILE',
      cause: error,
    });
  }
  const report = reader.end();
  process.stdout.write(
    options.json === true ? `${JSON.stringify(toJson(report))}\n` : printTree(report),
  );
  return report.ok ? exitCodes.proved : exitCodes.notProved;
}
