// SPDX-License-Identifier: MIT
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import { scratchFolder } from './cache.ts';
import { run } from './process.ts';

/** The distribution's archive as the host's own apt is configured to reach it. */
export interface Mirror {
  uri: string;
  vendor: 'debian' | 'ubuntu';
}

/** An apt with sources, lists and downloads of its own below the cache; it can install nothing. */
export interface AptRoot {
  /** Fetches the lists. A suite that the mirror lacks is no error: it then offers nothing. */
  update(): Promise<void>;
  /** The version that would be downloaded, or undefined. */
  candidate(name: string): Promise<string | undefined>;
  /** Downloads and verifies a package (apt checks it against the signed lists); returns the .deb's path. */
  download(name: string, folder: string): Promise<string>;
  /** Removes the root. */
  remove(): Promise<void>;
}

const vendors = {
  debian: {
    path: /\/debian\/?$/,
    components: 'main',
    keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
  },
  ubuntu: {
    path: /\/ubuntu(-ports)?\/?$/,
    components: 'main universe',
    keyring: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
  },
} as const;

/** Finds the mirror of the distribution itself among the host's apt sources. */
export async function configuredMirror(): Promise<Mirror | undefined> {
  const listed = await run('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI) $(COMPONENT) $(ORIGIN)/$(LABEL)',
    'Created-By: Packages',
  ]);
  const targets = listed.stdout
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([uri, component, label]) =>
      uri !== undefined && component === 'main' ? [{ uri, label }] : [],
    );
  for (const vendor of ['debian', 'ubuntu'] as const) {
    // The label comes from lists that were fetched; before that the archive's path tells.
    const found =
      targets.find(({ label }) => label?.toLowerCase() === `${vendor}/${vendor}`) ??
      targets.find(({ uri }) => vendors[vendor].path.test(uri));
    if (found !== undefined) return { uri: found.uri, vendor };
  }
  return undefined;
}

/** The line of a sources.list for a suite of a mirror; `more` are further options of its brackets. */
export function sourceLine({ uri, vendor }: Mirror, suite: string, more = ''): string {
  const { components, keyring } = vendors[vendor];
  const options = [...(existsSync(keyring) ? [`signed-by=${keyring}`] : []), more].filter(Boolean);
  const brackets = options.length === 0 ? '' : `[${options.join(' ')}] `;
  return `deb ${brackets}${uri} ${suite} ${components}`;
}

/** The suite of the archive that the host was installed from, e.g. `bookworm`; a derivative names its parent's. */
export async function hostSuite(file = '/etc/os-release'): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const names = ['UBUNTU_CODENAME', 'DEBIAN_CODENAME', 'VERSION_CODENAME'];
  const found = names.map((name) => new RegExp(`^${name}="?([\\w.-]+)"?$`, 'm').exec(text)?.[1]);
  return found.find((it) => it !== undefined);
}

/**
 * An apt root that sees only the given suites of a mirror. The host's apt configuration is
 * read (proxies, certificates) and stays as it is; nothing here needs root.
 *
 * @param arch of the packages, as Debian calls it; the host's own when left out
 */
export async function privateApt(
  mirror: Mirror,
  suites: readonly string[],
  arch?: string,
): Promise<AptRoot> {
  const root = await scratchFolder('apt');
  const sources = path.join(root, 'sources.list');
  await mkdir(path.join(root, 'state', 'lists', 'partial'), { recursive: true });
  await mkdir(path.join(root, 'cache', 'archives', 'partial'), { recursive: true });
  await writeFile(
    sources,
    suites.map((suite) => `${sourceLine(mirror, suite, 'target=Packages')}\n`).join(''),
  );
  // An empty status: what is installed here must not count as being on offer there.
  const status = path.join(root, 'status');
  await writeFile(status, '');
  const options = [
    `Dir::State=${path.join(root, 'state')}`,
    `Dir::State::status=${status}`,
    `Dir::Cache=${path.join(root, 'cache')}`,
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=/dev/null',
    'Dir::Etc::preferences=/dev/null',
    'Dir::Etc::preferencesparts=/dev/null',
    'Acquire::GzipIndexes=true',
    // As root, apt would hand downloads to a user who may not enter our folder.
    'APT::Sandbox::User=root',
    ...(arch === undefined ? [] : [`APT::Architecture=${arch}`, `APT::Architectures=${arch}`]),
  ].flatMap((option) => ['-o', option]);
  const env = { LC_ALL: 'C.UTF-8' };
  let updated: readonly string[] = [];
  return {
    async update() {
      // Its exit status also speaks of the host's update hooks, which an ordinary user cannot run.
      updated = (await run('apt-get', [...options, '-q', 'update'], { env })).tail;
    },
    async candidate(name) {
      const shown = await run('apt-cache', [...options, 'policy', name], { env });
      const version = /^ {2}Candidate: (\S+)$/m.exec(shown.stdout)?.[1];
      return version === '(none)' ? undefined : version;
    },
    async download(name, folder) {
      const got = await run('apt-get', [...options, '-q', 'download', name], { env, cwd: folder });
      const deb = (await readdir(folder)).find((file) => file.endsWith('.deb'));
      if (got.exitCode === 0 && deb !== undefined) return path.join(folder, deb);
      throw new PatchproofError({
        kind: 'infrastructure',
        code: 'package-download',
        message: `apt could not download ${name} from ${suites.join(', ')}.`,
        evidence: [...updated, ...got.tail].filter((line) => /^(E|W|Err):?/.test(line)).slice(-8),
        remedy: 'Check the network and the apt sources, then start the same command again.',
      });
    },
    async remove() {
      await rm(root, { recursive: true, force: true });
    },
  };
}
