// SPDX-License-Identifier: MIT
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { PatchproofError, exitCodes } from '../../errors.ts';
import type { KtapProblem, KtapReport } from '../../evidence/ktap/index.ts';

/** The options of `patchproof ktap` as the command table gives them; at most one is a format. */
export interface KtapOptions {
  json?: boolean;
  tap?: boolean;
  junit?: boolean;
  strict?: boolean;
}

/** `patchproof ktap FILE|-`: exit 0 when the log is ok, 1 when not. */
export async function ktapCommand(file: string, options: KtapOptions): Promise<number> {
  const report = await readLog(file, options.strict === true);
  const { ok, text } = await render(report, file, options);
  process.stdout.write(text);
  return ok ? exitCodes.proved : exitCodes.notProved;
}

/** Tests and kernel splats of one log, read once and never held as a whole. */
async function readLog(file: string, strict: boolean): Promise<KtapReport> {
  const { KtapReader, withProblems } = await import('../../evidence/ktap/index.ts');
  const { sortSplats, SplatScanner } = await import('../../evidence/splats.ts');
  const { allowedSplats } = await import('../../evidence/splat-patterns.ts');
  const today = new Date().toISOString().slice(0, 10);
  const reader = new KtapReader();
  const splats: KtapProblem[] = [];
  const scanner = new SplatScanner([], (splat, line) => {
    if (sortSplats([splat], allowedSplats, today).counted.length > 0)
      splats.push({ line, code: 'splat', message: splat.title });
  });
  const stream = file === '-' ? process.stdin : createReadStream(file);
  stream.setEncoding('utf8');
  try {
    for await (const chunk of stream) {
      reader.push(String(chunk));
      scanner.push(String(chunk));
    }
  } catch (error) {
    throw new PatchproofError({
      kind: 'usage',
      code: 'no-log',
      message: `The log ${file} cannot be read: ${(error as Error).message}.`,
      remedy: 'Name a KTAP log, or - for standard input: patchproof ktap FILE',
      cause: error,
    });
  }
  scanner.end();
  return withProblems(reader.end(), splats, strict);
}

async function render(
  report: KtapReport,
  file: string,
  options: KtapOptions,
): Promise<{ ok: boolean; text: string }> {
  const { printTree, toJson, toTap14, withProblems } = await import('../../evidence/ktap/index.ts');
  const { ok } = report;
  if (options.json === true) return { ok, text: `${JSON.stringify(toJson(report))}\n` };
  if (options.junit === true) {
    const { ktapJunit } = await import('../../report/ktap-junit.ts');
    return { ok, text: ktapJunit(report, file === '-' ? 'standard input' : path.basename(file)) };
  }
  if (options.tap !== true) return { ok, text: printTree(report) };
  // Whoever reads TAP has a reader like this one: both must find the same in it.
  const { crossCheck } = await import('../../evidence/ktap/crosscheck.ts');
  const checked = withProblems(report, crossCheck(report), options.strict);
  return { ok: checked.ok, text: toTap14(checked) };
}
