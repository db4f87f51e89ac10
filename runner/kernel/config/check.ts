// SPDX-License-Identifier: MIT
import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';
import { findUnmet, readConfig } from './fragment.ts';
import type { ConfigRequests, Unmet } from './fragment.ts';
import { findSymbol, holds } from './kconfig.ts';

/**
 * Checks that a finished config (a file) has what was asked of it. Throws infrastructure
 * `config-unmet`, which names each symbol with the dependencies in its way.
 */
export async function checkConfig(
  requests: ConfigRequests,
  file: string,
  source: string,
): Promise<void> {
  const unmet = await explainUnmet(requests, file, source);
  if (unmet.length === 0) return;
  throw new PatchproofError({
    kind: 'infrastructure',
    code: 'config-unmet',
    message: `${unmet.length} of ${requests.size} requested config symbols cannot be had in this kernel.`,
    evidence: unmet,
    remedy:
      'Correct the config fragment; symbols that only some kernels have go below a line `# since X.Y`.',
  });
}

/** One line for each request that a finished config does not meet. */
export async function explainUnmet(
  requests: ConfigRequests,
  file: string,
  source: string,
): Promise<string[]> {
  const config = readConfig(await readFile(file, 'utf8'));
  const unmet = findUnmet(requests, config);
  return unmet.length === 0 ? [] : explain(unmet, source, config);
}

async function explain(
  unmet: readonly Unmet[],
  source: string,
  config: ReadonlyMap<string, string>,
): Promise<string[]> {
  const files: { name: string; text: string }[] = [];
  for await (const name of glob('**/Kconfig*', { cwd: source }))
    files.push({ name, text: await readFile(path.join(source, name), 'utf8').catch(() => '') });
  return unmet.map(({ symbol, wanted, got }) => {
    const asked = `CONFIG_${symbol}=${wanted} (got ${got})`;
    const facts = files.flatMap(({ name, text }) => findSymbol(symbol, text, name));
    if (facts.length === 0) return `${asked}: this kernel has no such symbol`;
    const reasons = facts.map(({ place, conditions }) => {
      const failing = conditions.filter((condition) => holds(condition, config) === false);
      return `${place}${failing.length === 0 ? '' : ` needs ${failing.join(', and ')}`}`;
    });
    return `${asked}: ${reasons.join('; or ')}`;
  });
}
