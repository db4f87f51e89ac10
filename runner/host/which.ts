// SPDX-License-Identifier: MIT
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';

/** The first program of this name on PATH. */
export async function which(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    const found = await access(file, constants.X_OK)
      .then(() => stat(file))
      .catch(() => undefined);
    if (found?.isFile() === true) return file;
  }
  return undefined;
}
