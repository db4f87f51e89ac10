// SPDX-License-Identifier: MIT
import type { RunRecord } from '../evidence/model.ts';
import type { Verdict } from '../verdict/model.ts';
import { annotationsOf } from './annotations.ts';
import { markdown } from './markdown.ts';
import { outputsOf } from './outputs.ts';
import { isOnActions } from './shield.ts';
import type { Environment } from './shield.ts';

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
