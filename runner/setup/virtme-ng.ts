// SPDX-License-Identifier: MIT
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import { configuredMirror, privateApt } from '../host/apt.ts';
import type { Mirror } from '../host/apt.ts';
import { cachePath, scratchFolder } from '../host/cache.ts';
import { run } from '../host/process.ts';
import { leastVirtmeNg } from './needs.ts';
import { candidate, installPackages } from './packages.ts';
import { which } from '../host/which.ts';
import { isAtLeast } from './version.ts';

/** Suites that may have a newer one, most likely first; the package is the same for all machines. */
const newerSuites = { debian: ['testing', 'stable', 'unstable'], ubuntu: ['devel'] } as const;

/** Says what happens, and what was tried. */
type Say = (line: string) => void;

/** Whether the host's own apt sources have a virtme-ng that is new enough. */
export async function isInHostSuites(): Promise<boolean> {
  const version = await candidate('virtme-ng');
  return version !== undefined && isAtLeast(version, leastVirtmeNg);
}

/**
 * Installs virtme-ng where the host's suites have none or an old one: its package from a newer
 * suite of the same mirror, with every dependency from the host's own suites, else from PyPI.
 */
export async function installVirtmeNg(say: Say): Promise<void> {
  const tried: string[] = [`the configured apt sources: none, or one older than ${leastVirtmeNg}`];
  const mirror = await configuredMirror();
  if (mirror !== undefined) {
    for (const suite of newerSuites[mirror.vendor]) {
      const outcome = await fromSuite(mirror, suite, say);
      if (outcome === 'installed') return;
      tried.push(`${suite} of ${mirror.uri}: ${outcome}`);
    }
  }
  const outcome = await fromPyPI(say);
  if (outcome === 'installed') return;
  tried.push(`PyPI: ${outcome}`);
  throw new PatchproofError({
    kind: 'infrastructure',
    code: 'no-virtme-ng',
    message: `No virtme-ng ${leastVirtmeNg} or newer could be had.`,
    evidence: tried,
    remedy: `Type: pipx install 'virtme-ng>=${leastVirtmeNg}'`,
  });
}

async function fromSuite(mirror: Mirror, suite: string, say: Say): Promise<string> {
  const apt = await privateApt(mirror, [suite]);
  const folder = await scratchFolder('virtme-ng');
  try {
    await apt.update();
    const version = await apt.candidate('virtme-ng');
    if (version === undefined) return 'no such package, or not reached';
    if (!isAtLeast(version, leastVirtmeNg)) return `has ${version}`;
    const deb = await apt.download('virtme-ng', folder);
    say(
      `installing virtme-ng ${version} from ${suite} (this one package, nothing else from there)`,
    );
    await installPackages([deb]);
    return 'installed';
  } catch (error) {
    if (!(error instanceof PatchproofError) || error.kind === 'interrupted') throw error;
    // Its dependencies may be too new for this host; another suite's may not be.
    return error.evidence.find((line) => /Depends|^E:/.test(line)) ?? error.message;
  } finally {
    await apt.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where uv or pipx put virtme-ng. */
function ownFolder(): string {
  return cachePath('tools', 'virtme-ng');
}

/** Lets this process find the vng that uv or pipx put into the cache; the host's own comes first. */
export function extendPath(): void {
  const folder = path.join(ownFolder(), 'bin');
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  if (!folders.includes(folder)) process.env['PATH'] = [...folders, folder].join(path.delimiter);
}

async function fromPyPI(say: Say): Promise<string> {
  const [uv, pipx] = await Promise.all([which('uv'), which('pipx')]);
  if (uv === undefined && pipx === undefined) {
    try {
      await installPackages(['pipx']);
    } catch (error) {
      if (!(error instanceof PatchproofError) || error.kind === 'interrupted') throw error;
      return 'neither uv nor pipx is installed, and apt-get could not install pipx';
    }
  }
  const folder = ownFolder();
  const [home, bin] = [path.join(folder, 'home'), path.join(folder, 'bin')];
  await mkdir(folder, { recursive: true });
  say('installing virtme-ng from PyPI');
  const name = `virtme-ng>=${leastVirtmeNg}`;
  const finished =
    uv === undefined
      ? await run('pipx', ['install', '--force', name], {
          env: { PIPX_HOME: home, PIPX_BIN_DIR: bin },
        })
      : await run(uv, ['tool', 'install', '--force', name], {
          env: { UV_TOOL_DIR: home, UV_TOOL_BIN_DIR: bin },
        });
  if (finished.exitCode === 0) return 'installed';
  await rm(folder, { recursive: true, force: true });
  return finished.tail.findLast((line) => line.trim() !== '') ?? 'failed';
}
