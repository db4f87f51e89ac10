// SPDX-License-Identifier: MIT
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import { cacheRoot } from '../host/cache.ts';
import { run, runToTheEnd } from '../host/process.ts';
import { quote } from './own-command.ts';
import { which } from '../host/which.ts';

/** The word before a command that needs root: none for root itself. */
function sudo(): readonly string[] {
  return process.getuid?.() === 0 ? [] : ['sudo'];
}

/** A command as a person would paste it, with sudo where this user needs it. */
export function asRoot(command: string): string {
  return [...sudo(), command].join(' ');
}

/** A command made with `asRoot`, for a user who has no sudo: su asks for root's password. */
export async function pasteable(command: string): Promise<string> {
  if (sudo().length === 0 || (await which('sudo')) !== undefined) return command;
  return `su -c ${quote(command.replaceAll('sudo ', ''))}`;
}

/** The command that refreshes the lists. */
export function updateCommand(): string {
  return asRoot('apt-get update');
}

/** The command that installs packages. */
export function installCommand(packages: readonly string[]): string {
  return asRoot(`apt-get install -y --no-install-recommends ${packages.join(' ')}`);
}

/** Where the package commands' output goes. */
export function packageLog(): string {
  return path.join(cacheRoot(), 'setup.log');
}

/** Starts a new log. */
export async function openPackageLog(): Promise<void> {
  await mkdir(cacheRoot(), { recursive: true });
  await rm(packageLog(), { force: true });
}

/** Refreshes the lists. No error when that fails: the lists that are there may do. */
export async function updateLists(): Promise<void> {
  await apt(['-q', 'update']);
}

/** Installs packages, by name or as the path of a .deb. */
export async function installPackages(packages: readonly string[]): Promise<void> {
  const exit = await apt([
    '-q',
    '-o',
    'DPkg::Lock::Timeout=300',
    'install',
    '-y',
    '--no-install-recommends',
    ...packages,
  ]);
  if (exit === 0) return;
  if (exit === null || exit === 130) {
    throw new PatchproofError({
      kind: 'interrupted',
      code: 'interrupted',
      message: 'Installing packages was interrupted.',
      remedy: 'Start the same command again.',
    });
  }
  const log = await readFile(packageLog(), 'utf8');
  throw new PatchproofError({
    kind: 'infrastructure',
    code: 'package-install',
    message: 'apt-get could not install what is missing.',
    evidence: log.trimEnd().split('\n').slice(-12),
    remedy: `Type: ${updateCommand()} && ${installCommand(packages)}`,
    log: packageLog(),
  });
}

/** The version that the host's apt would install, or undefined. */
export async function candidate(name: string): Promise<string | undefined> {
  const shown = await run('apt-cache', ['policy', name], { env: { LC_ALL: 'C.UTF-8' } });
  const version = /^ {2}Candidate: (\S+)$/m.exec(shown.stdout)?.[1];
  return version === '(none)' ? undefined : version;
}

/** Whether this user can install packages at all. */
export async function canInstall(): Promise<'yes' | 'no-apt' | 'no-sudo'> {
  if ((await which('apt-get')) === undefined) return 'no-apt';
  if (sudo().length > 0 && (await which('sudo')) === undefined) return 'no-sudo';
  return 'yes';
}

async function apt(args: readonly string[]): Promise<number | null> {
  // Through env, because sudo hands on none of our own variables.
  const words = [...sudo(), 'env', 'DEBIAN_FRONTEND=noninteractive', 'LC_ALL=C.UTF-8'];
  const [command = 'env', ...rest] = [...words, 'apt-get', ...args];
  return runToTheEnd(command, rest, { logFile: packageLog() });
}
