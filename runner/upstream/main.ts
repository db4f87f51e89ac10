// SPDX-License-Identifier: MIT
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { reportError } from '../cli/error.ts';
import { PatchproofError } from '../errors.ts';
import { selftestPatch } from './patch.ts';

/**
 * `npm run selftest-patch -- --tree DIR [--output FILE]`: selftests/tcp_repair as a mail-ready patch
 * against a kernel tree, on stdout or in FILE. The tree is only read.
 */
const folder = fileURLToPath(new URL('../../selftests/tcp_repair', import.meta.url));

try {
  const { tree, output } = options();
  const patch = await selftestPatch({ tree, folder });
  if (output === undefined) process.stdout.write(patch);
  else await writeFile(output, patch);
} catch (error) {
  process.exitCode = reportError(error);
}

function options(): { tree: string; output: string | undefined } {
  const usage = 'npm run selftest-patch -- --tree DIR [--output FILE]';
  try {
    const { values } = parseArgs({
      options: { tree: { type: 'string' }, output: { type: 'string' } },
    });
    if (values.tree === undefined || values.tree === '') throw new Error('--tree DIR is missing');
    return { tree: values.tree, output: values.output };
  } catch (error) {
    throw new PatchproofError({
      kind: 'usage',
      code: 'bad-arguments',
      message: 'The selftests cannot be made a patch like this.',
      evidence: [error instanceof Error ? error.message : String(error)],
      remedy: `Usage: ${usage}`,
    });
  }
}
