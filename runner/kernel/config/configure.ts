// SPDX-License-Identifier: MIT
import { glob, mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import type { CommandLine } from '../../host/command-line.ts';
import { diskFull, execute, isDiskFull } from '../stage.ts';
import { findUnmet, formatRequests, mergeRequests, readConfig, readFragment } from './fragment.ts';
import type { ConfigRequests, Unmet } from './fragment.ts';
import { findSymbol, holds } from './kconfig.ts';

const profiles = findUp('vm-images/config');

/**
 * What a profile, further fragments and the command line's own (`given`, a text) ask of a kernel
 * series; later ones win. A further fragment that does not exist asks nothing: the `config` file
 * of a kselftest folder is optional.
 * Throws usage `no-such-profile`.
 */
export async function requestsOf(
  profile: string,
  fragments: readonly string[],
  series: string,
  given = '',
): Promise<ConfigRequests> {
  const file = path.join(profiles, `${profile}.config`);
  const own = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new PatchproofError({
      kind: 'usage',
      code: 'no-such-profile',
      message: `There is no profile called ${profile}.`,
      evidence: [`looked for ${file}`],
      remedy: 'Choose a --profile that vm-images/config has, for example: --profile lean',
    });
  });
  const further = await Promise.all(
    fragments.map((fragment) =>
      readFile(fragment, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return '';
        throw error;
      }),
    ),
  );
  return mergeRequests([own, ...further, given].map((text) => readFragment(text, series)));
}

/** What configure() needs. */
export interface ConfigureRequest {
  source: string;
  out: string;
  requests: ConfigRequests;
  arch: string;
  makeWords: readonly string[];
}

/** The fragment that is written, and the commands that make `out`/.config of it. */
export function configureSteps(request: ConfigureRequest): {
  fragment: { file: string; text: string };
  lines: CommandLine[];
} {
  const { source, out } = request;
  const file = path.join(out, 'patchproof.config');
  const env = { ARCH: request.arch, MAKEFLAGS: makeFlags(request.makeWords) };
  const merge = path.join(source, 'scripts/kconfig/merge_config.sh');
  return {
    fragment: { file, text: formatRequests(request.requests) },
    lines: [
      { program: merge, args: ['-n', '-O', out, file], cwd: source, env },
      { program: 'make', args: [`O=${out}`, 'olddefconfig'], cwd: source, env },
    ],
  };
}

/**
 * Writes `out`/.config: everything off (allnoconfig) but what is requested, by the kernel's own
 * merge_config.sh, and then checks that every request came through.
 * Throws infrastructure `configure-failed`, or `config-unmet`, which names each one with the dependencies in its way.
 */
export async function configure(request: ConfigureRequest, context: StageContext): Promise<void> {
  const { source, out, requests } = request;
  await mkdir(out, { recursive: true });
  const { fragment, lines } = configureSteps(request);
  await writeFile(fragment.file, fragment.text);
  for (const line of lines) await kconfig(context, line);
  const config = readConfig(await readFile(path.join(out, '.config'), 'utf8'));
  const unmet = findUnmet(requests, config);
  if (unmet.length === 0) return;
  throw new PatchproofError({
    kind: 'infrastructure',
    code: 'config-unmet',
    message: `${unmet.length} of ${requests.size} requested config symbols cannot be had in this kernel.`,
    evidence: await explain(unmet, source, config),
    remedy:
      'Correct the config fragment; symbols that only some kernels have go below a line `# since X.Y`.',
  });
}

/** A tree whose Kconfig files cannot be read is a fault of its own: `configure-failed`. */
async function kconfig(context: StageContext, line: CommandLine): Promise<void> {
  const finished = await execute(context, line);
  if (finished.exitCode === 0) return;
  if (finished.tail.some(isDiskFull)) throw diskFull(finished.tail.slice(-3));
  throw new PatchproofError({
    kind: 'infrastructure',
    code: 'configure-failed',
    message: 'The kernel cannot be configured.',
    evidence: finished.tail.slice(-12),
    remedy: 'Correct the Kconfig files named above, or run: ./patchproof doctor',
  });
}

/** Make words as MAKEFLAGS carries them: merge_config.sh starts make itself. */
function makeFlags(words: readonly string[]): string {
  return words.map((word) => word.replaceAll(/[\\ ]/g, String.raw`\$&`)).join(' ');
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

/** The data folder, seen from the sources and from the compiled package alike. */
function findUp(relative: string): string {
  const inPackage = fileURLToPath(import.meta.url).includes('/dist/')
    ? '../../../../'
    : '../../../';
  return fileURLToPath(new URL(`${inPackage}${relative}`, import.meta.url));
}
