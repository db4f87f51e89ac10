// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';

/** How somebody can be asked. */
export interface Consent {
  /** `--yes` was given. */
  yes: boolean;
  /** Somebody sits at a terminal. */
  interactive: boolean;
  ask: (question: string) => Promise<boolean>;
}

/**
 * Whether packages may be installed without a question: the person said so, or this is no
 * desk machine but CI or a container of our own. runner/setup/node.sh has the same rules.
 */
export function needsNoQuestion(
  yes: boolean,
  host: { env: NodeJS.ProcessEnv; root: boolean; exists: (file: string) => boolean } = {
    env: process.env,
    root: process.getuid?.() === 0,
    exists: existsSync,
  },
): boolean {
  if (yes || !['', '0', 'false'].includes(host.env['CI'] ?? '')) return true;
  const container =
    host.exists('/.dockerenv') ||
    host.exists('/run/.containerenv') ||
    (host.env['container'] ?? '') !== '';
  return host.root && container;
}
