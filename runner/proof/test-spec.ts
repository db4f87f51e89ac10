// SPDX-License-Identifier: MIT
import { isFolder } from './model.ts';
import type { TestCollection, TestTarget } from './model.ts';

const word = '[A-Za-z0-9_][A-Za-z0-9_.+-]*';

/** `net/tcp_ao`, `net:reuseaddr_conflict`, `net:bind_*`. */
export const targetSpec = new RegExp(`^${word}(?:/${word})*(?::[A-Za-z0-9_.+*-]+)?$`);

/** A target of the kernel's own selftests, or one of its programs, as `targetSpec` has it. */
export function parseTarget(spec: string): TestTarget {
  const [name = '', program] = spec.split(':');
  return { name, programs: program === undefined ? [] : [program] };
}

/**
 * Joins what was asked for one after the other: programs of the same target are one collection,
 * and a target as a whole holds all of them.
 */
export function joinTests(asked: readonly TestCollection[]): TestCollection[] {
  const joined: TestCollection[] = [];
  for (const it of asked) {
    const at = joined.findIndex((other) => !isFolder(other) && other.name === it.name);
    const before = joined[at];
    if (before === undefined || isFolder(before) || isFolder(it)) {
      joined.push(it);
      continue;
    }
    const whole = before.programs.length === 0 || it.programs.length === 0;
    const programs = whole ? [] : [...new Set([...before.programs, ...it.programs])];
    joined[at] = { name: it.name, programs };
  }
  return joined;
}

/** The SPEC of a collection, for reports and messages. */
export function specOf(collection: TestCollection): string {
  if (isFolder(collection) || collection.programs.length === 0) return collection.name;
  return collection.programs.map((it) => `${collection.name}:${it}`).join(' ');
}
