// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import { cachePath, publish, scratchFolder } from '../../host/cache.ts';
import type { KernelSource } from '../model.ts';
import { command, mustSucceed } from '../stage.ts';
import type { Progress } from '../stage.ts';
import { openSource, readTreeVersion, writeRecord } from './tree.ts';
import type { Attempted } from './attempts.ts';

/** A package that apt knows how to get. */
interface Offer {
  file: string;
  /** Debian's version, e.g. `6.12.117-1~deb12u1`. */
  version: string;
  bytes: number;
  sha256: string;
}

/** Suites of the same mirror that may have newer kernels than the host's own, oldest first. */
const newerSuites = ['stable', 'stable-backports', 'testing', 'unstable', 'experimental'];
const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Gets Debian's linux-source-SERIES through the host's apt: first as the host is configured,
 * then from newer suites of the same mirror. Needs no root and changes nothing outside the
 * cache: whatever has to be updated is updated in an apt root of our own.
 */
export async function debianSource(
  spec: string,
  series: string,
  accepts: (debianVersion: string) => boolean,
  context: StageContext,
  progress: Progress,
): Promise<KernelSource | Attempted> {
  const name = `linux-source-${series}`;
  const available = await command(context, 'apt-get', ['--version']).catch(() => undefined);
  if (available?.exitCode !== 0)
    return { tried: `Debian's ${name}`, outcome: 'unreachable', detail: 'this host has no apt' };
  const seen: string[] = [];
  for (const attempt of [hostLists, hostSourcesUpdated, newerSuitesUpdated]) {
    progress(0, null, attempt.title);
    const options = await attempt.prepare(context);
    if (options === undefined) continue;
    const offer = await offered(name, options.apt, context);
    if (offer === undefined) {
      seen.push(options.trouble ?? `${attempt.title}: no such package`);
      continue;
    }
    if (!accepts(offer.version)) {
      seen.push(`${attempt.title}: has ${offer.version}`);
      continue;
    }
    const deb = await fetchDeb(name, offer, options.apt, context, progress);
    if (typeof deb === 'string') return unpack(spec, name, offer, deb, context, progress);
    seen.push(deb.trouble);
  }
  const reachable = seen.some((line) => /no such package|: has /.test(line));
  return {
    tried: `Debian's ${name}`,
    outcome: reachable ? 'not found' : 'unreachable',
    detail: seen.join('; '),
  };
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

/** Has apt download the package (it resumes a partial file) and checks it once more. */
async function fetchDeb(
  name: string,
  offer: Offer,
  apt: readonly string[],
  context: StageContext,
  progress: Progress,
): Promise<string | { trouble: string }> {
  const finished = cachePath('downloads', `${offer.sha256.slice(0, 16)}-${name}.deb`);
  if ((await stat(finished).catch(() => undefined))?.size === offer.bytes) return finished;
  const folder = cachePath('downloads', `${offer.sha256.slice(0, 16)}.partial`);
  await mkdir(folder, { recursive: true });
  const size = async (): Promise<number> => {
    const names = await readdir(folder).catch(() => []);
    const sizes = await Promise.all(
      names.map((file) =>
        stat(path.join(folder, file)).then(
          (s) => s.size,
          () => 0,
        ),
      ),
    );
    return Math.max(0, ...sizes);
  };
  // apt tells progress only to a terminal; the file's size tells it as well.
  const timer = setInterval(() => {
    void size().then((done) => progress(done, offer.bytes, `${name} ${offer.version}`));
  }, 500);
  try {
    const sandbox = apt.length === 0 ? ['-o', 'APT::Sandbox::User=root'] : [];
    const got = await command(context, 'apt-get', [...apt, ...sandbox, '-q', 'download', name], {
      cwd: folder,
    });
    if (got.exitCode !== 0)
      return { trouble: got.tail.find((line) => line.startsWith('E: ')) ?? 'the download failed' };
  } finally {
    clearInterval(timer);
  }
  const file = path.join(folder, (await readdir(folder)).find((n) => n.endsWith('.deb')) ?? '');
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const found = hash.digest('hex');
  if (found !== offer.sha256) {
    await rm(folder, { recursive: true, force: true });
    throw new PatchproofError({
      kind: 'infrastructure',
      code: 'checksum-mismatch',
      message: `${offer.file} is damaged.`,
      evidence: [`expected sha256 ${offer.sha256}`, `found    sha256 ${found}`],
      remedy: 'Start the same command again; the damaged file was removed.',
    });
  }
  await rename(file, finished);
  await rm(folder, { recursive: true, force: true });
  return finished;
}

async function unpack(
  spec: string,
  name: string,
  offer: Offer,
  deb: string,
  context: StageContext,
  progress: Progress,
): Promise<KernelSource> {
  const key = `debian-${name.slice('linux-source-'.length)}-${offer.sha256.slice(0, 16)}`;
  progress(0, null, `unpacking ${name} ${offer.version}`);
  await publish('sources', key, async (folder) => {
    const outer = await scratchFolder('deb');
    try {
      await mustSucceed(context, 'unpack the package', 'dpkg-deb', ['-x', deb, outer]);
      const archive = path.join(outer, 'usr', 'src', `${name}.tar.xz`);
      const tree = path.join(folder, 'tree');
      await mkdir(tree);
      await mustSucceed(context, 'unpack the kernel source', 'tar', [
        '-xJf',
        archive,
        '-C',
        tree,
        '--strip-components=1',
        '--no-same-owner',
      ]);
      await writeRecord(folder, {
        ...(await readTreeVersion(tree)),
        hash: offer.sha256,
        origin: `Debian ${name} ${offer.version}`,
        provider: 'debian',
      });
    } finally {
      await rm(outer, { recursive: true, force: true });
    }
  });
  await rm(deb, { force: true });
  const source = await openSource(key, spec);
  if (source === undefined) throw new Error(`source ${key} vanished from the cache`);
  return source;
}
