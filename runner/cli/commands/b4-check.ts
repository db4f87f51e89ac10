// SPDX-License-Identifier: MIT
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { exitCodes, PatchproofError } from '../../errors.ts';
import { run } from '../../host/process.ts';
import { extractPatch } from '../../kernel/patch/extract.ts';
import { b4Checks, b4NothingToTry, type B4Check } from '../../report/b4.ts';
import type { Verdict } from '../../verdict/model.ts';
import { stopOnSignals } from '../interrupt.ts';

/** The options of `patchproof b4-check` as the command table gives them. */
export interface B4CheckOptions {
  kernel?: readonly string[];
  strict?: boolean;
  outputDir?: string;
}

/**
 * `patchproof b4-check [PROOF] <MAIL`: for b4.review-series-check-cmd. Runs the proof on the
 * mail's patch and prints b4's JSON. Exits 0 whenever it prints some: the status in it speaks.
 */
export async function b4CheckCommand(proof: string, options: B4CheckOptions): Promise<number> {
  const mail = await buffer(process.stdin);
  try {
    await extractPatch([{ bytes: mail, name: 'the mail' }], 'the mail');
  } catch (error) {
    // A cover letter, or a part of a series whose others are not there.
    if (!(error instanceof PatchproofError)) throw error;
    return print(b4NothingToTry(error.message, error.remedy));
  }
  // b4 starts its checks in the kernel tree: nothing may be left there.
  const folder = await mkdtemp(path.join(tmpdir(), 'patchproof-b4-'));
  const patch = path.join(folder, 'mail.patch');
  await writeFile(patch, mail);
  const runFolder = path.resolve(options.outputDir ?? path.join(folder, 'run'));
  const stop = stopOnSignals();
  try {
    const stdout: string[] = [];
    const words = [
      'run',
      proof,
      ...['--patch', patch, '--output-dir', runFolder, '--json'],
      ...(options.kernel ?? []).flatMap((it) => ['--kernel', it]),
      ...(options.strict === true ? ['--strict'] : []),
    ];
    const { exitCode } = await run(process.execPath, [process.argv[1] ?? '', ...words], {
      signal: stop.signal,
      onLine: (line, stream) => {
        if (stream === 'stdout') stdout.push(line);
        else process.stderr.write(`${line}\n`);
      },
    });
    const judged: readonly (number | null)[] = [
      exitCodes.proved,
      exitCodes.notProved,
      exitCodes.noVerdict,
    ];
    const [line] = stdout;
    // Without a verdict on stdout the run said on stderr what was wrong, and b4 shows that.
    if (!judged.includes(exitCode) || line === undefined) return exitCode ?? exitCodes.interrupted;
    const url = pathToFileURL(path.join(runFolder, 'report.html')).href;
    const details = await readFile(path.join(runFolder, 'report.txt'), 'utf8').catch(() => '');
    return print(b4Checks(JSON.parse(line) as Verdict, url, details));
  } finally {
    stop.release();
  }
}

function print(checks: readonly B4Check[]): number {
  process.stdout.write(`${JSON.stringify(checks)}\n`);
  return exitCodes.proved;
}
