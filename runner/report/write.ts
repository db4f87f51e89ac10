// SPDX-License-Identifier: MIT
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { RunRecord } from '../evidence/model.ts';
import type { Verdict } from '../verdict/model.ts';
import { evidenceJson, verdictJson } from './json.ts';
import { html } from './html.ts';
import { junit } from './junit.ts';
import { mail } from './mail.ts';
import { markdown } from './markdown.ts';
import type { Reporter } from './reporter.ts';
import { tap } from './tap.ts';

/** Every form that a run directory holds. */
export const reporters: readonly Reporter[] = [
  evidenceJson,
  verdictJson,
  tap,
  mail,
  html,
  markdown,
  junit,
];

/** A reporter that failed; the others are written all the same. */
export class ReporterError extends Error {
  override readonly name = 'ReporterError';

  constructor(reporter: Reporter, cause: unknown) {
    super(`${reporter.file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Writes all reports into the run directory, each as a whole or not at all. Returns what went wrong. */
export async function writeReports(
  record: RunRecord,
  verdict: Verdict,
  folder: string,
  wanted: readonly Reporter[] = reporters,
): Promise<ReporterError[]> {
  const errors: ReporterError[] = [];
  for (const reporter of wanted) {
    try {
      const text = reporter.render(record, verdict);
      await writeFileAtomic(path.join(folder, reporter.file), text);
    } catch (error) {
      errors.push(new ReporterError(reporter, error));
    }
  }
  return errors;
}

/** Writes a value as JSON, as a whole or not at all. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFileAtomic(file, `${JSON.stringify(value, null, 2)}\n`);
}
