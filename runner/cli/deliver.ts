// SPDX-License-Identifier: MIT
import path from 'node:path';
import type { RunRecord } from '../evidence/model.ts';
import { tellActions } from '../report/github.ts';
import { mail } from '../report/mail.ts';
import { shielded } from '../report/shield.ts';
import { writeReports } from '../report/write.ts';
import type { Verdict } from '../verdict/model.ts';
import { formatFailures } from './failures.ts';

/**
 * Writes every report and prints the result: the verdict on stdout, what failed and where the
 * evidence is on stderr, summary and annotations where a CI takes them. No report that fails
 * takes another one along, nor the verdict.
 */
export async function deliver(
  record: RunRecord,
  verdict: Verdict,
  folder: string,
  json: boolean,
): Promise<void> {
  const problems: unknown[] = await writeReports(record, verdict, folder);
  process.stdout.write(
    json ? `${JSON.stringify(verdict)}\n` : shielded(mail.render(record, verdict)),
  );
  process.stderr.write(shielded(formatFailures(record.failures)));
  // A program that reads JSON from stdout gets nothing else there.
  if (!json) await tellActions(record, verdict).catch((error: unknown) => problems.push(error));
  for (const problem of problems) {
    process.stderr.write(`patchproof: a report failed: ${String(problem)}\n`);
  }
  process.stderr.write(`The evidence is in ${path.relative('.', folder)}\n`);
}
