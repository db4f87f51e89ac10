// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import path from 'node:path';

const found = new Map<string, string>();

/** Where the host has a tool: looked up once, as to ask a shell takes longer than many a test. */
export function toolFile(tool: string): string {
  const known = found.get(tool);
  if (known !== undefined) return known;
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const file = folders.map((folder) => path.join(folder, tool)).find((it) => existsSync(it));
  if (file === undefined) throw new Error(`this host has no ${tool}`);
  found.set(tool, file);
  return file;
}
