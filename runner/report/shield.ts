// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';

/** Variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

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
