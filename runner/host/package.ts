// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** A folder of the package, from the sources (runner/host) and from dist/runner/host alike. */
export function packageFolder(name: string): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const candidates = ['../..', '../../..'].map((up) => path.resolve(here, up, name));
  const found = candidates.find((folder) => existsSync(folder));
  if (found === undefined) throw new Error(`no ${name} near ${here}`);
  return found;
}
