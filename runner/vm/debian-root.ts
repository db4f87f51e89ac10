// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import type { StageContext } from '../events.ts';
import { configuredMirror, hostSuite, sourceLine } from '../host/apt.ts';
import { cachePath, lookup, publish } from '../host/cache.ts';
import type { CommandLine, Step } from '../host/command-line.ts';
import { packageFolder } from '../host/package.ts';
import { run, runToTheEnd } from '../host/process.ts';
import { checkInterrupt, diskFull, inStage, isDiskFull } from '../kernel/stage.ts';
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
  /** What makes it. */
  steps: readonly Step[];
}

/**
 * The folder that is shared with guests of an image as their root; undefined for an image that
 * has none or takes the host's. For `debian` it is made on first use.
 * Throws infrastructure `no-root` or `disk-full`.
 */
export async function sharedRootOf(
  image: ImageName,
  context: StageContext,
): Promise<string | undefined> {
  if (image !== 'debian') return undefined;
  const draft = await draftRoot();
  const folder = path.join(cachePath('roots', draft.key), rootName);
  if ((await lookup('roots', draft.key)) !== undefined) return folder;
  return inStage(context, 'image', null, `Debian root, ${draft.suite}`, async () => {
    await publish('roots', draft.key, (scratch) => makeRoot(draft, scratch, context.signal));
    return { value: folder, detail: `${draft.packages.length} packages and what they need` };
  });
}

/** Likewise, without making it. */
export async function planRoot(image: ImageName): Promise<RootPlan | undefined> {
  if (image !== 'debian') return undefined;
  const draft = await draftRoot();
  const entry = cachePath('roots', draft.key);
  const folder = path.join(entry, rootName);
  const lines = await linesOf(draft, entry);
  const archive = path.join(entry, archiveName);
  return {
    folder,
    cached: (await lookup('roots', draft.key)) !== undefined,
    steps: [
      { program: 'mkdir', args: ['-p', folder] },
      ...lines,
      { program: 'rm', args: [archive] },
    ].map((line): Step => ({ kind: 'run', line })),
  };
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

const rootName = 'root';
const archiveName = 'root.tar';

async function linesOf({ suite, source, packages }: Draft, folder: string): Promise<CommandLine[]> {
  const archive = path.join(folder, archiveName);
  // mmdebstrap has an apt of its own; it is to reach the mirror as the host's does.
  const asked = await run('apt-config', ['dump', '--format', '%f "%v";%n', 'Acquire']);
  const options = asked.stdout.split('\n').filter((line) => !/^$| "";$/.test(line));
  return [
    {
      program: 'mmdebstrap',
      args: [
        ...['--variant=apt', '--format=tar', `--include=${packages.join(',')}`],
        ...options.map((option) => `--aptopt=${option}`),
        // How the host reaches its mirror is nobody's business in the guest.
        `--customize-hook=rm -f "$1"/etc/apt/apt.conf.d/99mmdebstrap`,
        ...[suite, archive, source],
      ],
    },
    {
      // By way of an archive: all files are this user's, and an ordinary user can share them.
      program: 'tar',
      args: [
        ...['-xpf', archive, '-C', path.join(folder, rootName), '--no-same-owner'],
        ...['--exclude=./dev/*', '--delay-directory-restore'],
      ],
    },
  ];
}

async function makeRoot(draft: Draft, scratch: string, signal: AbortSignal): Promise<void> {
  const log = path.join(scratch, 'log');
  await mkdir(path.join(scratch, rootName));
  for (const { program, args } of await linesOf(draft, scratch)) {
    // mmdebstrap cleans up after itself, also after Ctrl-C, which reaches it: nobody kills it half-way.
    const exit = await runToTheEnd('env', ['LC_ALL=C', program, ...args], { logFile: log });
    checkInterrupt(signal);
    if (exit === 0) continue;
    const said = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-12);
    throw isDiskFull(said.join('\n')) ? diskFull(said.slice(-3)) : noRoot(said);
  }
  for (const name of [archiveName, 'log']) await rm(path.join(scratch, name));
}

function noRoot(evidence: readonly string[]): PatchproofError {
  const own = process.getuid?.() === 0 ? '' : ', that /etc/subuid has a line for you';
  return new PatchproofError({
    kind: 'infrastructure',
    code: 'no-root',
    message: 'The root of --image debian cannot be made.',
    evidence: [...evidence],
    remedy: `Check the network and the apt sources${own}, or take --image host.`,
  });
}
