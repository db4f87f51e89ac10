// SPDX-License-Identifier: MIT
import { access, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { StageContext } from '../../events.ts';
import { cachePath } from '../../host/cache.ts';
import { withLock } from '../../host/lock.ts';
import type { KernelSource } from '../model.ts';
import { command } from '../stage.ts';
import type { Progress } from '../stage.ts';
import type { Attempted } from './attempts.ts';
import { fetchDeb, openDeb, unpackDeb } from './deb.ts';
import type { Offer } from './deb.ts';

/** Suites of the same mirror that may have newer kernels than the host's own, oldest first. */
const newerSuites = ['stable', 'stable-backports', 'testing', 'unstable', 'experimental'];
const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Gets Debian's linux-source-SERIES through the host's apt: first as the host is configured,
 * then from newer suites of the same mirror. Needs no root and changes nothing outside the
 * cache: whatever has to be updated is updated in an apt root of our own, by one run at a time.
 */
export async function debianSource(
  spec: string,
  series: string,
  accepts: (debianVersion: string) => boolean,
  context: StageContext,
  progress: Progress,
): Promise<KernelSource | Attempted> {
  const waiting = (): void => progress(0, null, 'waiting for another download');
  return withLock('apt', context.signal, waiting, (signal) =>
    askApt(spec, series, accepts, { ...context, signal }, progress),
  );
}

async function askApt(
  spec: string,
  series: string,
  accepts: (debianVersion: string) => boolean,
  context: StageContext,
  progress: Progress,
): Promise<KernelSource | Attempted> {
  const name = `linux-source-${series}`;
  const tried = `Debian's ${name}`;
  if ((await command(context, 'sh', ['-c', 'command -v apt-get'])).exitCode !== 0)
    return { tried, outcome: 'unreachable', detail: 'this host has no apt' };
  const seen: string[] = [];
  let reached = true;
  for (const way of [hostLists, hostSourcesUpdated, newerSuitesUpdated]) {
    progress(0, null, way.title);
    const ready = await way.prepare(context);
    if (ready === undefined) continue;
    reached = ready.trouble === undefined;
    const offer = await offered(name, ready.apt, context);
    if (offer !== undefined && accepts(offer.version)) {
      // Perhaps by the run that was waited for.
      const published = await openDeb(spec, name, offer);
      if (published !== undefined) return published;
      const deb = await fetchDeb(name, offer, ready.apt, context, progress);
      if (typeof deb === 'string') return unpackDeb(spec, name, offer, deb, context, progress);
      seen.push(`${way.title}: ${deb.trouble}`);
      reached = false;
    } else if (offer !== undefined) seen.push(`${way.title}: has ${offer.version}`);
    else seen.push(`${way.title}: ${ready.trouble ?? 'no such package'}`);
  }
  // The last way asks the most: only when it was answered is the kernel known not to exist.
  return { tried, outcome: reached ? 'not found' : 'unreachable', detail: seen.join('; ') };
}

/** One way of asking apt. `prepare` yields its options, or undefined when it does not apply here. */
interface Way {
  title: string;
  prepare(context: StageContext): Promise<{ apt: string[]; trouble?: string } | undefined>;
}

const hostLists: Way = {
  title: 'the configured apt sources',
  async prepare() {
    return { apt: [] };
  },
};

const hostSourcesUpdated: Way = {
  title: 'the configured apt sources, updated',
  async prepare(context) {
    const state = await privateRoot('host');
    return update(state, context);
  },
};

const newerSuitesUpdated: Way = {
  title: 'newer suites of the same Debian mirror',
  async prepare(context) {
    const mirror = await debianMirror(context);
    if (mirror === undefined) return undefined;
    const keyring = await access(debianKeyring).then(
      () => `[signed-by=${debianKeyring}] `,
      () => '',
    );
    const root = await privateRoot('newer');
    const list = path.join(cachePath('downloads', 'apt-newer'), 'sources.list');
    await writeFile(
      list,
      newerSuites.map((suite) => `deb ${keyring}${mirror} ${suite} main\n`).join(''),
    );
    const own = [
      `Dir::Etc::sourcelist=${list}`,
      'Dir::Etc::sourceparts=/dev/null',
      'Dir::Etc::preferencesparts=/dev/null',
      'Dir::Etc::preferences=/dev/null',
    ];
    return update([...root, ...own.flatMap((option) => ['-o', option])], context);
  },
};

/** Options that move apt's state and cache into our cache folder. */
async function privateRoot(name: string): Promise<string[]> {
  const root = cachePath('downloads', `apt-${name}`);
  await mkdir(path.join(root, 'state', 'lists', 'partial'), { recursive: true });
  await mkdir(path.join(root, 'cache', 'archives', 'partial'), { recursive: true });
  return [
    `Dir::State=${path.join(root, 'state')}`,
    `Dir::Cache=${path.join(root, 'cache')}`,
    'Acquire::Languages=none',
    // apt as root would hand downloads to a user who may not enter our folder.
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
}

async function update(
  apt: string[],
  context: StageContext,
): Promise<{ apt: string[]; trouble?: string }> {
  // Suites that do not exist on this mirror, and the host's update hooks, may fail: what counts is what is found.
  const updated = await command(context, 'apt-get', [...apt, 'update']);
  const failed = updated.tail.find((line) =>
    /Could not|Temporary failure|Unable to connect/.test(line),
  );
  const reached = updated.tail.some(
    (line) => /^(Get|Hit|Ign):\d/.test(line) && !line.startsWith('Ign'),
  );
  return failed !== undefined && !reached ? { apt, trouble: failed.trim() } : { apt };
}

/** The address of the Debian archive that the host uses. */
async function debianMirror(context: StageContext): Promise<string | undefined> {
  const targets = await command(context, 'apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI) $(ORIGIN) $(LABEL)',
    'Created-By: Packages',
  ]);
  const lines = targets.stdout.split('\n').filter((line) => line.startsWith('http'));
  const named = lines.find((line) => line.endsWith(' Debian Debian'));
  // Before the first update apt knows no origin: the path of the archive tells.
  const shaped = lines.find((line) => /\/debian\/? /.test(line));
  return (named ?? shaped)?.split(' ')[0];
}

async function offered(
  name: string,
  apt: readonly string[],
  context: StageContext,
): Promise<Offer | undefined> {
  const printed = await command(context, 'apt-get', [...apt, 'download', '--print-uris', name]);
  const line = /^'\S+' (\S+) (\d+) SHA256:([0-9a-f]{64})/m.exec(printed.stdout);
  if (line?.[1] === undefined || line[2] === undefined || line[3] === undefined) return undefined;
  const version = decodeURIComponent(line[1].split('_')[1] ?? '').replace(/^\d+:/, '');
  return { file: line[1], version, bytes: Number(line[2]), sha256: line[3] };
}
