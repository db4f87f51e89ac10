// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import type { CommandLine } from '../../host/command-line.ts';
import { diskFull, execute, isDiskFull } from '../stage.ts';
import { checkConfig } from './check.ts';
import { formatRequests, mergeRequests, readFragment, readUnderlying } from './fragment.ts';
import type { ConfigRequests, FragmentTarget } from './fragment.ts';

const profiles = findUp('vm-images/config');

/** The fragment's, in the output folder. */
const fragmentName = 'patchproof.config';

/**
 * What a profile, further fragments and the command line's own (`given`, a text) ask of a kernel;
 * later ones win. A further fragment that does not exist asks nothing: the `config` file
 * of a kselftest folder is optional.
 * Throws usage `no-such-profile`.
 */
export async function requestsOf(
  profile: string,
  fragments: readonly string[],
  target: FragmentTarget,
  given = '',
): Promise<ConfigRequests> {
  const own = await readProfile(profile);
  const further = await readAll(fragments);
  return mergeRequests([...own, ...further, given].map((text) => readFragment(text, target)));
}

/** What the fragments of the kernel's own tests ask for; see `Wanted`. */
export async function wishesOf(
  fragments: readonly string[],
  target: FragmentTarget,
): Promise<ConfigRequests> {
  return mergeRequests((await readAll(fragments)).map((text) => readFragment(text, target)));
}

/** The text of a profile, after those of the profiles that it stands on. */
async function readProfile(profile: string): Promise<string[]> {
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
  const below = readUnderlying(own);
  return [...(below === undefined ? [] : await readProfile(below)), own];
}

async function readAll(files: readonly string[]): Promise<string[]> {
  return Promise.all(
    files.map((file) =>
      readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return '';
        throw error;
      }),
    ),
  );
}

/** What a kernel's config is to be. */
export interface Wanted {
  /** All of them must hold. */
  requests: ConfigRequests;
  /**
   * What the kernel's own tests ask for. Their fragments name symbols that only modules, other
   * architectures or other versions have: what cannot be had is told, and the tests show it.
   */
  wishes: ConfigRequests;
}

/** Both in one: a request wins over a wish. */
export function allOf({ requests, wishes }: Wanted): ConfigRequests {
  return mergeRequests([wishes, requests]);
}

/** What configure() needs. */
export interface ConfigureRequest {
  source: string;
  out: string;
  wanted: Wanted;
  arch: string;
  makeWords: readonly string[];
}

/** The fragment that is written, and the commands that make `out`/.config of it. */
export function configureSteps(request: ConfigureRequest): {
  fragment: { file: string; text: string };
  lines: CommandLine[];
} {
  const { source, out } = request;
  const file = path.join(out, fragmentName);
  const env = { ARCH: request.arch, MAKEFLAGS: makeFlags(request.makeWords) };
  const merge = path.join(source, 'scripts/kconfig/merge_config.sh');
  return {
    fragment: { file, text: formatRequests(allOf(request.wanted)) },
    lines: [
      { program: merge, args: ['-n', '-O', out, file], cwd: source, env },
      { program: 'make', args: [`O=${out}`, 'olddefconfig'], cwd: source, env },
    ],
  };
}

/**
 * Writes `out`/.config: everything off (allnoconfig) but what is wanted, by the kernel's own
 * merge_config.sh, and then checks that every request came through.
 * Throws infrastructure `configure-failed`, or `config-unmet`, which names each one with the dependencies in its way.
 */
export async function configure(request: ConfigureRequest, context: StageContext): Promise<void> {
  const { source, out, wanted } = request;
  await mkdir(out, { recursive: true });
  const { fragment, lines } = configureSteps(request);
  await writeFile(fragment.file, fragment.text);
  for (const line of lines) await kconfig(context, line);
  await checkConfig(wanted.requests, path.join(out, '.config'), source);
}

/**
 * Whether a patch leaves alone what turns a fragment into a config: Kconfig files, and the scripts
 * and Makefiles that they ask about the compiler.
 */
export function leavesConfig(files: readonly string[]): boolean {
  return !files.some((file) => /(^|\/)(Kconfig|Kbuild|Makefile)[^/]*$|^scripts\//.test(file));
}

/** Whether `out`, a copy of another build's, was configured for just this. */
export async function isConfigured({ out, wanted }: ConfigureRequest): Promise<boolean> {
  const file = path.join(out, fragmentName);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === formatRequests(allOf(wanted)) && existsSync(path.join(out, '.config'));
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

/** The data folder, seen from the sources and from the compiled package alike. */
function findUp(relative: string): string {
  const inPackage = fileURLToPath(import.meta.url).includes('/dist/')
    ? '../../../../'
    : '../../../';
  return fileURLToPath(new URL(`${inPackage}${relative}`, import.meta.url));
}
