// SPDX-License-Identifier: MIT
import { PatchproofError } from '../errors.ts';
import { cacheRoot } from '../host/cache.ts';
import { needsNoQuestion } from './consent.ts';
import type { Consent } from './consent.ts';
import { allGroups } from './needs.ts';
import type { Group } from './needs.ts';
import { ownCommand } from './own-command.ts';
import {
  canInstall,
  installCommand,
  installPackages,
  openPackageLog,
  packageLog,
  updateCommand,
  updateLists,
} from './packages.ts';
import { probe } from './probe.ts';
import type { Finding } from './probe.ts';
import { freeGib, judgeSpace, leastGib, roomCommand } from './space.ts';
import { extendPath, installVirtmeNg, isInHostSuites } from './virtme-ng.ts';

/** How `ensure` may act and speak. */
export interface EnsureOptions extends Consent {
  say: (line: string) => void;
  /** Also install what is merely useful, when nothing else is missing. */
  optional?: boolean;
  /** Free space for the cache in GiB; measured when absent. */
  free?: number;
}

/**
 * Makes the host fit for the groups' work: looks, says what is missing, asks where it must,
 * installs through apt. Costs a few milliseconds when nothing is missing. Throws a
 * PatchproofError with the command to type when the host stays unfit.
 */
export async function ensure(groups: readonly Group[], options: EnsureOptions): Promise<void> {
  extendPath();
  if (groups.includes('build')) await demandSpace(options.free);
  const missing = (await probe(groups)).filter(({ met }) => !met);
  const required = missing.filter(({ need }) => need.optional !== true);
  if (required.length === 0 && (missing.length === 0 || options.optional !== true)) return;
  const ability = await canInstall();
  if (ability !== 'yes') {
    if (required.length === 0) return;
    throw unable(required, ability);
  }

  const answer = await consent(missing, options);
  if (answer !== 'yes') {
    // What is merely useful stops nobody.
    if (required.length === 0) return;
    throw refused(required, answer);
  }
  await install(packagesOf(missing), options.say);
  const still = (await probe(groups)).filter(({ met, need }) => !met && need.optional !== true);
  if (still.length === 0) return;
  throw new PatchproofError({
    kind: 'infrastructure',
    code: 'still-missing',
    message: 'The packages were installed, but this host still lacks something.',
    evidence: describe(still),
    remedy: `Type: ${ownCommand('doctor')}`,
    log: packageLog(),
  });
}

async function install(packages: readonly string[], say: (line: string) => void): Promise<void> {
  const started = performance.now();
  await openPackageLog();
  say(`running: ${updateCommand()}`);
  await updateLists();
  const apart = packages.includes('virtme-ng') && !(await isInHostSuites());
  const listed = apart ? packages.filter((name) => name !== 'virtme-ng') : packages;
  if (listed.length > 0) {
    say(`running: ${installCommand(listed)}`);
    await installPackages(listed);
  }
  if (apart) await installVirtmeNg(say);
  say(`installed in ${Math.round((performance.now() - started) / 1000)} s`);
}

function describe(findings: readonly Finding[]): string[] {
  return findings.map(({ need, found }) => `${need.id}: ${found} (${need.why})`);
}

async function consent(
  missing: readonly Finding[],
  { yes, interactive, ask, say }: EnsureOptions,
): Promise<'yes' | 'declined' | 'not asked'> {
  const free = needsNoQuestion(yes);
  if (!free && !interactive) return 'not asked';
  say(`this host lacks ${missing.map(({ need }) => need.id).join(', ')}`);
  if (free) return 'yes';
  return (await ask(`Install ${packagesOf(missing).join(' ')}?`)) ? 'yes' : 'declined';
}

function packagesOf(missing: readonly Finding[]): string[] {
  return [...new Set(missing.map(({ need }) => need.package))];
}

function refused(missing: readonly Finding[], answer: 'declined' | 'not asked'): PatchproofError {
  return new PatchproofError({
    kind: 'infrastructure',
    code: 'missing-packages',
    message:
      answer === 'declined'
        ? 'Packages are missing, and installing them was declined.'
        : 'Packages are missing, and there is no terminal to ask on before installing them.',
    evidence: [...describe(missing), `to be run: ${plain(missing)}`],
    // Set-up knows what all commands need, and not what only some runs do.
    remedy: `Type: ${isForAll(missing) ? ownCommand('setup --yes') : plain(missing)}`,
  });
}

function isForAll(missing: readonly Finding[]): boolean {
  return missing.every(({ need }) => need.groups.some((group) => allGroups.includes(group)));
}

function unable(missing: readonly Finding[], why: 'no-apt' | 'no-sudo'): PatchproofError {
  return new PatchproofError({
    kind: 'infrastructure',
    code: 'missing-packages',
    message:
      why === 'no-apt'
        ? 'Packages are missing, and this host has no apt-get to install them with.'
        : 'Packages are missing, and there is no sudo to install them with.',
    evidence: describe(missing),
    remedy:
      why === 'no-apt'
        ? `Install them with this system's package manager, then type: ${ownCommand('doctor')}`
        : `As root, type: ${plain(missing).replaceAll('sudo ', '')}`,
  });
}

/** What a person without this tool would type. */
function plain(missing: readonly Finding[]): string {
  const packages = packagesOf(missing);
  const others = packages.filter((name) => name !== 'virtme-ng');
  const first = others.length > 0 ? [updateCommand(), installCommand(others)] : [];
  // Only set-up knows where a new enough one is to be had.
  const last = packages.includes('virtme-ng') ? [ownCommand('setup --yes')] : [];
  return [...first, ...last].join(' && ');
}

async function demandSpace(given: number | undefined): Promise<void> {
  const free = given ?? (await freeGib(cacheRoot()));
  if (judgeSpace(free) !== 'fail') return;
  throw new PatchproofError({
    kind: 'infrastructure',
    code: 'disk-space',
    message: `There is no room to build a kernel in ${cacheRoot()}.`,
    evidence: [`free: ${free.toFixed(1)} GiB; at least ${leastGib} GiB are needed`],
    remedy: `Type: ${await roomCommand()}`,
  });
}
