// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';
import type { RunRecord } from '../evidence/model.ts';
import type { Verdict } from '../verdict/model.ts';
import { annotationsOf } from './annotations.ts';
import { markdown } from './markdown.ts';
import { outputsOf } from './outputs.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether this is a step of a GitHub Actions job. */
export function isOnActions(environment: Environment = process.env): boolean {
  return environment['GITHUB_ACTIONS'] === 'true';
}

/**
 * Text for stdout or stderr. On Actions a line that begins with `::` is a command to the runner;
 * what a guest or a patch wrote must not be able to give one.
 */
export function shielded(text: string, environment: Environment = process.env): string {
  if (!isOnActions(environment) || text === '') return text;
  const token = randomUUID();
  return `::stop-commands::${token}\n${text.endsWith('\n') ? text : `${text}\n`}::${token}::\n`;
}

/**
 * Sets the step's outputs, adds to its summary and annotates the worst findings; a shard leaves the
 * last two to the merged run. Does nothing elsewhere, and loads nothing.
 */
export async function tellActions(
  record: RunRecord,
  verdict: Verdict,
  environment: Environment = process.env,
): Promise<void> {
  if (!isOnActions(environment)) return;
  const core = await import('@actions/core');
  // Without the file core would print them, for old runners.
  if (environment['GITHUB_OUTPUT'] !== undefined)
    for (const [name, value] of Object.entries(outputsOf(record, verdict)))
      core.setOutput(name, value);
  if (record.shard !== undefined) return;
  for (const { level, title, message, place } of annotationsOf(record, verdict)) {
    const properties = {
      title,
      ...(place === undefined ? {} : { file: place.file, startLine: place.line }),
    };
    if (level === 'error') core.error(message, properties);
    else core.warning(message, properties);
  }
  if (environment['GITHUB_STEP_SUMMARY'] === undefined) return;
  await core.summary.addRaw(markdown.render(record, verdict)).write();
}
