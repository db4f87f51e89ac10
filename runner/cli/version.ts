// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';

/** The version of package.json, which is the tool's. */
export function toolVersion(): string {
  // One level up from runner/ in the checkout, two from dist/runner/ in the package.
  for (const place of ['../../package.json', '../../../package.json']) {
    try {
      const text = readFileSync(new URL(place, import.meta.url), 'utf8');
      return (JSON.parse(text) as { version: string }).version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('package.json is missing beside the runner');
}
