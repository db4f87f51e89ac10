// SPDX-License-Identifier: MIT
import { isElf } from '../../host/elf.ts';

/** What is read of one file: nothing that names its helpers is larger. */
const mostBytes = 16 << 20;

/**
 * The words of a test that may be names of files beside it. PURE. A script may write such a name
 * anywhere; a compiled program holds thousands of words, and starts a helper by a path.
 */
export function mentionedIn(data: Buffer): Set<string> {
  const text = data.toString('latin1', 0, mostBytes);
  const words = isElf(data) ? text.matchAll(/\/([\w.+-]+)/g) : text.matchAll(/([\w.+-]+)/g);
  return new Set([...words].map(([, word = '']) => word.replace(/\.+$/, '')));
}

/**
 * Of the files `known` those that `start` needs, itself included: those that it names, and those
 * that these name in turn. `contentsOf` is asked once for each.
 */
export async function neededBy(
  start: readonly string[],
  known: ReadonlySet<string>,
  contentsOf: (names: readonly string[]) => Promise<readonly Buffer[]>,
): Promise<Set<string>> {
  const needed = new Set(start);
  for (let next = [...start]; next.length > 0;) {
    const words = new Set<string>();
    for (const data of await contentsOf(next))
      for (const word of mentionedIn(data)) words.add(word);
    next = [...known].filter((name) => words.has(name) && !needed.has(name));
    for (const name of next) needed.add(name);
  }
  return needed;
}
