// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import type { StageContext } from '../events.ts';
import { configuredMirror, hostSuite, sourceLine } from '../host/apt.ts';
import { cachePath, lookup, publish } from '../host/cache.ts';
import type { CommandLine } from '../host/command-line.ts';
import { packageFolder } from '../host/package.ts';
import { execute, inStage, mustSucceed } from '../kernel/stage.ts';
import type { ImageName } from '../proof/model.ts';

/** Raised whenever the way of making the root changes what is in it. */
const recipe = 1;

/** What is known of a Debian root before it is made. */
interface Draft {
  key: string;
  suite: string;
  source: string;
  packages: readonly string[];
}

/** What the guest's root is to be made of, where that is a folder of its own. */
export interface RootPlan {
  /** Where it is, or will be. */
  folder: string;
  cached: boolean;
  /** The commands that make it in an empty folder. */
  lines: readonly CommandLine[];
}

/**
 * The folder that is shared with guests of an image as their root; undefined for an image that
 * has none or takes the host's. For `debian` it is made on first use.
 * Throws infrastructure `no-root`.
 */
export async function sharedRootOf(
  image: ImageName,
  context: StageContext,
): Promise<string | undefined> {
  if (image !== 'debian') return undefined;
  const draft = await draftRoot();
  const { folder, cached } = await planOf(draft);
  if (cached) return folder;
  return inStage(context, 'image', null, `Debian root, ${draft.suite}`, async () => {
    await publish('roots', draft.key, (scratch) => makeRoot(draft, scratch, context));
    return { value: folder, detail: `${draft.packages.length} packages and what they need` };
  });
}

/** Likewise, without making it. */
export async function planRoot(image: ImageName): Promise<RootPlan | undefined> {
  return image === 'debian' ? planOf(await draftRoot()) : undefined;
}

async function planOf(draft: Draft): Promise<RootPlan> {
  const folder = cachePath('roots', draft.key);
  const cached = (await lookup('roots', draft.key)) !== undefined;
  return { folder: path.join(folder, 'root'), cached, lines: linesOf(draft, folder) };
}

/** The suite is the host's own: its libraries are those that the tests were linked with. */
async function draftRoot(): Promise<Draft> {
  const mirror = await configuredMirror();
  const suite = await hostSuite();
  if (mirror === undefined || suite === undefined)
    throw noRoot(['the host has no apt sources of Debian or Ubuntu']);
  const list = await readFile(path.join(packageFolder('vm-images/debian'), 'packages'), 'utf8');
  const packages = list.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const source = sourceLine(mirror, suite);
  const parts = JSON.stringify([recipe, source, packages]);
  const key = createHash('sha256').update(parts).digest('hex').slice(0, 32);
  return { key, suite, source, packages };
}

const names = { options: 'apt.conf', archive: 'root.tar', root: 'root' } as const;

function linesOf({ suite, source, packages }: Draft, folder: string): CommandLine[] {
  return [
    {
      program: 'mmdebstrap',
      args: [
        ...['--variant=apt', '--format=tar', `--aptopt=${names.options}`],
        // How the host reaches its mirror is nobody's business in the guest.
        `--customize-hook=rm -f "$1"/etc/apt/apt.conf.d/99mmdebstrap`,
        `--include=${packages.join(',')}`,
        ...[suite, names.archive, source],
      ],
      cwd: folder,
    },
    {
      // By way of an archive: all files are this user's, and an ordinary user can share them.
      program: 'tar',
      args: [
        ...['-xpf', names.archive, '-C', names.root, '--no-same-owner'],
        ...['--exclude=./dev/*', '--delay-directory-restore'],
      ],
      cwd: folder,
    },
  ];
}

async function makeRoot(draft: Draft, scratch: string, context: StageContext): Promise<void> {
  const asked = ['dump', '--format', '%f "%v";%n', 'Acquire'];
  const { stdout } = await mustSucceed(context, "read apt's options", 'apt-config', asked);
  await writeFile(path.join(scratch, names.options), stdout);
  await mkdir(path.join(scratch, names.root));
  for (const line of linesOf(draft, scratch)) {
    const finished = await execute(context, line);
    if (finished.exitCode !== 0) throw noRoot(finished.tail.slice(-12));
  }
  await rm(path.join(scratch, names.archive));
  await rm(path.join(scratch, names.options));
}

function noRoot(evidence: readonly string[]): PatchproofError {
  return new PatchproofError({
    kind: 'infrastructure',
    code: 'no-root',
    message: 'The root of --image debian cannot be made.',
    evidence: [...evidence],
    remedy: 'Check the network and the apt sources, or take --image host.',
  });
}
