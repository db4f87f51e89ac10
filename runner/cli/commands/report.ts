// SPDX-License-Identifier: MIT
import { exitCodes } from '../../errors.ts';
import { tellActions } from '../../report/github.ts';
import { writeReports } from '../../report/write.ts';
import { judge } from '../../verdict/judge.ts';
import { recordOf } from '../run-folder.ts';

/** `patchproof report DIR`: writes every report of a run directory again. */
export async function reportCommand(
  folder: string,
  options: { strict?: boolean },
): Promise<number> {
  const record = await recordOf(folder);
  const verdict = judge(record, { strict: options.strict === true });
  const problems = await writeReports(record, verdict, folder);
  for (const problem of problems) {
    process.stderr.write(`patchproof: a report failed: ${String(problem)}\n`);
  }
  await tellActions(record, verdict);
  return problems.length === 0 ? exitCodes.proved : exitCodes.noVerdict;
}
