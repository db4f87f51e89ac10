// SPDX-License-Identifier: MIT
import { readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import { configuredMirror, hostSuite, privateApt } from '../host/apt.ts';
import { architectureOf, hostArch, isForeign } from '../host/arch.ts';
import { publish, scratchFolder } from '../host/cache.ts';
import { isStatic, machineOf } from '../host/elf.ts';
import { run } from '../host/process.ts';

/** Names another one, for whatever architecture. */
const variable = 'PATCHPROOF_BUSYBOX';
const places = ['/bin/busybox', '/usr/bin/busybox'];

/**
 * A statically linked busybox for guests of an architecture: the host's own, or for another
 * architecture the one of the distribution's package, which is unpacked and not installed.
 * Throws infrastructure `missing-tool`.
 */
export async function staticBusybox(arch: string): Promise<Buffer> {
  const given = process.env[variable];
  if (given !== undefined && given !== '') return demand([given], arch);
  if (!isForeign(arch)) return demand(places, arch);
  const folder = await publish('tools', `busybox-${arch}`, (entry) => fetchInto(entry, arch));
  return readFile(path.join(folder, 'busybox'));
}

async function demand(files: readonly string[], arch: string): Promise<Buffer> {
  for (const file of files) {
    if (!existsSync(file)) continue;
    const data = await readFile(file);
    if (isStatic(data) && machineOf(data) === architectureOf(arch).elf) return data;
  }
  throw missing(
    arch,
    files.map(
      (file) => `${file}: ${existsSync(file) ? `no static program for ${arch}` : 'not there'}`,
    ),
  );
}

async function fetchInto(entry: string, arch: string): Promise<void> {
  const mirror = await configuredMirror();
  const suite = await hostSuite();
  if (mirror === undefined || suite === undefined)
    throw missing(arch, ['the host has no apt sources of Debian or Ubuntu']);
  const apt = await privateApt(mirror, [suite], architectureOf(arch).debian);
  const folder = await scratchFolder('busybox');
  try {
    await apt.update();
    const deb = await apt.download('busybox-static', folder);
    const unpacked = await run('dpkg-deb', ['-x', deb, path.join(folder, 'root')]);
    const inside = ['bin/busybox', 'usr/bin/busybox'].map((it) => path.join(folder, 'root', it));
    if (unpacked.exitCode !== 0) throw missing(arch, [...unpacked.tail]);
    await writeFile(path.join(entry, 'busybox'), await demand(inside, arch));
  } catch (error) {
    if (!(error instanceof PatchproofError) || error.code !== 'package-download') throw error;
    throw missing(arch, [error.message, ...error.evidence]);
  } finally {
    await apt.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

function missing(arch: string, evidence: string[]): PatchproofError {
  const own = arch === hostArch() ? 'Install it: apt-get install busybox-static; or name' : 'Name';
  return new PatchproofError({
    kind: 'infrastructure',
    code: 'missing-tool',
    message: `There is no statically linked busybox for ${arch} guests.`,
    evidence,
    remedy: `${own} one: ${variable}=FILE`,
  });
}
