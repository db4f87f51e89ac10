// SPDX-License-Identifier: MIT
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { StageContext } from '../../events.ts';
import { publish } from '../../host/cache.ts';
import type { KernelSource } from '../model.ts';
import type { Progress } from '../stage.ts';
import type { Attempted } from './attempts.ts';
import { DownloadFailed, download, fetchText, hashFile } from './download.ts';
import { compareVersions } from './spec.ts';
import { openSource, readTreeVersion, unpackTree, writeRecord } from './tree.ts';

/** A tarball and its published checksum; kernel.org publishes none for release candidates. */
interface Release {
  version: string;
  url: string;
  sha256: string | null;
}

/** Where releases and their checksums are, and the list that names release candidates. */
function addresses(): { releases: string; list: string } {
  const own = process.env['PATCHPROOF_KERNEL_ORG'];
  if (own !== undefined && own !== '') {
    const base = own.replace(/\/+$/, '');
    return { releases: base, list: `${base}/releases.json` };
  }
  return {
    releases: 'https://cdn.kernel.org/pub/linux/kernel',
    list: 'https://www.kernel.org/releases.json',
  };
}

/** Gets a release from kernel.org, checksum verified where one is published. */
export async function kernelOrgSource(
  spec: string,
  wanted: { version: string; series: string; exact: boolean },
  context: StageContext,
  progress: Progress,
): Promise<KernelSource | Attempted> {
  const tried = 'kernel.org';
  try {
    progress(0, null, 'asking kernel.org');
    const release = wanted.version.includes('-rc')
      ? await candidate(wanted.version, context.signal)
      : await stable(wanted, context.signal);
    if (release === undefined)
      return { tried, outcome: 'not found', detail: `it lists no ${wanted.version}` };
    if (release.sha256 === null)
      context.emit({
        type: 'note',
        text: `kernel.org publishes no checksum for ${release.version}; only the connection vouches for it.`,
      });
    const archive = await download(release.url, release.sha256, progress, context.signal);
    return await unpack(spec, release, archive, context, progress);
  } catch (error) {
    if (!(error instanceof DownloadFailed)) throw error;
    const outcome = error.status === 404 ? 'not found' : 'unreachable';
    return { tried, outcome, detail: error.message };
  }
}

/** The release asked for, or the newest of the series, as the signed list of checksums has it. */
async function stable(
  wanted: { version: string; series: string; exact: boolean },
  signal: AbortSignal,
): Promise<Release | undefined> {
  const folder = `${addresses().releases}/v${wanted.series.split('.')[0]}.x`;
  const sums = parseChecksums(await fetchText(`${folder}/sha256sums.asc`, signal));
  const fits = (version: string): boolean =>
    wanted.exact
      ? version === wanted.version
      : version === wanted.series || version.startsWith(`${wanted.series}.`);
  const version = [...sums.keys()].filter(fits).toSorted(compareVersions).at(-1);
  const sha256 = version === undefined ? undefined : sums.get(version);
  if (version === undefined || sha256 === undefined) return undefined;
  return { version, url: `${folder}/linux-${version}.tar.xz`, sha256 };
}

async function candidate(version: string, signal: AbortSignal): Promise<Release | undefined> {
  const list = JSON.parse(await fetchText(addresses().list, signal)) as {
    releases?: { version?: string; source?: string | null }[];
  };
  const url = list.releases?.find((release) => release.version === version)?.source;
  return url === undefined || url === null ? undefined : { version, url, sha256: null };
}

/** The `linux-VERSION.tar.xz` lines of a sha256sums.asc, by version. */
export function parseChecksums(text: string): Map<string, string> {
  const sums = new Map<string, string>();
  for (const match of text.matchAll(/^([0-9a-f]{64}) [ *]linux-(\d+\.\d+(?:\.\d+)?)\.tar\.xz$/gm)) {
    const [, sum, version] = match;
    if (sum !== undefined && version !== undefined) sums.set(version, sum);
  }
  return sums;
}

async function unpack(
  spec: string,
  release: Release,
  archive: string,
  context: StageContext,
  progress: Progress,
): Promise<KernelSource> {
  const hash = release.sha256 ?? (await hashFile(archive));
  const key = `kernel.org-${release.version}-${hash.slice(0, 16)}`;
  progress(0, null, `unpacking ${path.basename(release.url)}`);
  await publish('sources', key, async (folder) => {
    const tree = path.join(folder, 'tree');
    await unpackTree(archive, tree, context);
    await writeRecord(folder, {
      ...(await readTreeVersion(tree)),
      hash,
      origin: `kernel.org linux-${release.version}`,
      provider: 'kernel.org',
    });
  });
  await rm(archive, { force: true });
  const source = await openSource(key, spec);
  if (source === undefined) throw new Error(`source ${key} vanished from the cache`);
  return source;
}
