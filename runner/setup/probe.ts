// SPDX-License-Identifier: MIT
import { glob, readFile } from 'node:fs/promises';
import { isStatic } from '../host/elf.ts';
import { which } from '../host/which.ts';
import { needs } from './needs.ts';
import type { Group, Need, Probe } from './needs.ts';
import { isAtLeast, versionOf } from './version.ts';

/** What was found of a need. */
export interface Finding {
  need: Need;
  met: boolean;
  /** A version, a path, or what is wrong. */
  found: string;
}

/** Looks for everything that the groups need, at once. Starts a program only to ask for a version it has not seen. */
export async function probe(groups: readonly Group[]): Promise<Finding[]> {
  const wanted = needs.filter((need) => need.groups.some((group) => groups.includes(group)));
  return Promise.all(wanted.map(async (need) => ({ need, ...(await look(need.probe)) })));
}

async function look(wanted: Probe): Promise<{ met: boolean; found: string }> {
  switch (wanted.kind) {
    case 'command': {
      const file = await which(wanted.name);
      if (file === undefined) return { met: false, found: 'not installed' };
      if (wanted.least === undefined) return { met: true, found: file };
      const version = await versionOf(file, wanted.args ?? []);
      return { met: isAtLeast(version, wanted.least), found: version };
    }
    case 'file': {
      const [file] = await existing(wanted.anyOf);
      return file === undefined ? { met: false, found: 'not there' } : { met: true, found: file };
    }
    case 'static-program': {
      const files = await existing(wanted.anyOf);
      for (const file of files) {
        if (isStatic(await readFile(file))) return { met: true, found: file };
      }
      const [dynamic] = files;
      const found = dynamic === undefined ? 'not installed' : `${dynamic} is dynamically linked`;
      return { met: false, found };
    }
  }
}

async function existing(patterns: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(patterns)) files.push(file);
  return files;
}
