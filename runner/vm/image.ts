// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import type { StageContext } from '../events.ts';
import { architectureOf, isForeign, wordOf } from '../host/arch.ts';
import { lookup, publish } from '../host/cache.ts';
import { packageFolder } from '../host/package.ts';
import { run } from '../host/process.ts';
import type { Toolchain } from '../kernel/model.ts';
import type { ImageName } from '../proof/model.ts';
import { staticBusybox } from './busybox.ts';
import { cpioArchive } from './cpio.ts';
import type { CpioEntry } from './cpio.ts';

/** A file that goes into the guest. */
interface GuestFile {
  /** Absolute path in the guest. */
  guestPath: string;
  /** Absolute path on the host. */
  file: string;
  mode: number;
}

export interface ImageRequest {
  files: readonly GuestFile[];
  /** The guest's, as ARCH= has it. */
  arch: string;
  /** The C compiler for the agent. */
  compiler: string;
}

/** The C compiler whose programs the kernels of a toolchain run: the one for kernels may lack a C library. */
export function guestCompiler({ arch, makeWords }: Pick<Toolchain, 'arch' | 'makeWords'>): string {
  const usual = isForeign(arch) ? architectureOf(arch).crossCompile : '';
  return `${wordOf(makeWords, 'CROSS_COMPILE') ?? usual}gcc`;
}

/** Applets that a test's helper script may call; `sh` is what system(3) needs. */
const applets = 'sh awk cat dmesg echo grep ip kill ls mkdir mount ps sleep'.split(' ');
/** Folders that tests take for granted. */
const standardFolders = [
  'dev',
  'proc',
  'sys',
  'tmp',
  'run',
  'root',
  'etc',
  'mnt',
  'var',
  'var/tmp',
];
const flags = ['-static', '-O2', '-Wall', '-Wextra'];

/**
 * The agent image: an uncompressed initramfs with the agent as /init, busybox and the test
 * programs. Its key is the hash of everything that goes in; a known key costs only the
 * hashing. Uncompressed, because unpacking is the emulated guest's work.
 */
export async function buildImage(
  request: ImageRequest,
  context: StageContext,
): Promise<{ file: string; key: string }> {
  const { compiler } = request;
  const sources = await agentSources();
  const busybox = await staticBusybox(request.arch);
  // Tests may share a file; the first one stands for all of them.
  const files = [...new Map(request.files.toReversed().map((it) => [it.guestPath, it])).values()];
  const contents = await Promise.all(
    files
      .toReversed()
      .map(async ({ guestPath, file, mode }) => ({ guestPath, mode, data: await readFile(file) })),
  );
  const version = await run(compiler, ['--version'], {
    signal: context.signal,
    missingRemedy: 'Install a C compiler and its static library: apt-get install gcc libc6-dev',
  });
  const hash = createHash('sha256');
  const mix = (text: string | Uint8Array): void => {
    hash.update(`${text.length}\0`).update(text);
  };
  for (const text of ['image 3', request.arch, version.stdout, ...flags, ...applets]) mix(text);
  for (const source of sources) [source.name, source.text].forEach(mix);
  mix(busybox);
  for (const { guestPath, mode, data } of contents) {
    mix(`${guestPath} ${mode}`);
    mix(data);
  }
  const key = hash.digest('hex').slice(0, 32);
  const cached = await lookup('images', key);
  const folder =
    cached ??
    (await publish('images', key, async (scratch) => {
      const agent = path.join(scratch, 'init');
      await compileAgent(compiler, sources, agent, context);
      const entries = layout(await readFile(agent), busybox, contents);
      await writeFile(path.join(scratch, 'image.cpio'), cpioArchive(entries));
    }));
  return { file: path.join(folder, 'image.cpio'), key };
}

function layout(
  agent: Uint8Array,
  busybox: Uint8Array,
  contents: readonly { guestPath: string; mode: number; data: Uint8Array }[],
): CpioEntry[] {
  const files: CpioEntry[] = [
    { kind: 'file', path: 'init', data: agent, mode: 0o755 },
    { kind: 'file', path: 'bin/busybox', data: busybox, mode: 0o755 },
    ...applets.map((applet): CpioEntry => ({
      kind: 'link',
      path: `bin/${applet}`,
      target: 'busybox',
    })),
    ...contents.map(({ guestPath, mode, data }): CpioEntry => ({
      kind: 'file',
      path: guestPath.replace(/^\/+/, ''),
      data,
      mode,
    })),
  ];
  const folders = new Set(standardFolders);
  for (const { path: file } of files) {
    const parts = path.posix.dirname(file).split('/');
    parts.forEach((_, index) => folders.add(parts.slice(0, index + 1).join('/')));
  }
  folders.delete('.');
  return [
    ...[...folders].toSorted().map((folder): CpioEntry => ({ kind: 'folder', path: folder })),
    // The kernel opens it as /init's standard streams, before the agent mounts devtmpfs.
    { kind: 'character-device', path: 'dev/console', major: 5, minor: 1, mode: 0o600 },
    ...files,
  ];
}

/** What a guest's root asks of the kernel's config, as fragments. */
export function fragmentsOf(image: ImageName): string[] {
  return image === 'agent' ? [] : [path.join(packageFolder('vm-images/host'), 'config')];
}

interface Source {
  name: string;
  file: string;
  text: string;
}

async function agentSources(): Promise<Source[]> {
  const folder = packageFolder('vm-images/agent');
  const names = (await readdir(folder)).filter((name) => /\.[ch]$/.test(name)).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name);
      return { name, file, text: await readFile(file, 'utf8') };
    }),
  );
}

async function compileAgent(
  compiler: string,
  sources: readonly Source[],
  output: string,
  context: StageContext,
): Promise<void> {
  const files = sources.map(({ file }) => file).filter((file) => file.endsWith('.c'));
  const result = await run(compiler, [...flags, '-o', output, ...files], {
    signal: context.signal,
  });
  if (result.canceled) {
    throw new PatchproofError({
      kind: 'interrupted',
      code: 'interrupted',
      message: 'Building the guest image was interrupted.',
      remedy: 'Run the same command again.',
    });
  }
  if (result.exitCode === 0) return;
  throw new PatchproofError({
    kind: 'infrastructure',
    code: 'agent-does-not-compile',
    message: `The guest agent could not be compiled with ${compiler}.`,
    evidence: result.tail.slice(-20),
    remedy: 'Install the static C library: apt-get install libc6-dev',
  });
}
