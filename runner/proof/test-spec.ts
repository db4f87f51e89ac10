// SPDX-License-Identifier: MIT
import { kunit, kunitSuites } from './kunit.ts';
import { isFolder, isKunit } from './model.ts';
import type { TestCollection } from './model.ts';

const word = '[A-Za-z0-9_][A-Za-z0-9_.+-]*';

/** `net/tcp_ao`, `net:reuseaddr_conflict`, `net:bind_*`, `kunit:list*`. */
export const targetSpec = new RegExp(`^${word}(?:/${word})*(?::[A-Za-z0-9_.+*-]+)?$`);

/** A target of the kernel's own selftests, one of its programs, or KUnit's suites, as `targetSpec` has it. */
export function parseTarget(spec: string): TestCollection {
  const [name = '', program] = spec.split(':');
  if (name === kunit) return kunitSuites(program);
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
    if (before === undefined || isFolder(before) || isFolder(it) || isKunit(it)) {
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
  if (isKunit(collection)) return collection.glob === null ? kunit : `${kunit}:${collection.glob}`;
  if (isFolder(collection)) return collection.name;
  if (collection.programs.length === 0) return collection.name;
  return collection.programs.map((it) => `${collection.name}:${it}`).join(' ');
}
