// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** How this patchproof is started from the current folder, as a person would type it. */
export function ownCommand(args: string): string {
  const launcher = fileURLToPath(new URL('../../patchproof', import.meta.url));
  if (!existsSync(launcher)) return `patchproof ${args}`;
  const near = path.relative('.', launcher);
  const typed = near.startsWith('..') ? launcher : `./${near}`;
  return `${/^[\w./+@-]+$/.test(typed) ? typed : quote(typed)} ${args}`;
}

/** A text as one word of a shell's command line. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
