// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { KtapReader } from '../../../runner/evidence/ktap/index.ts';
import type { KtapEvent, KtapNode, KtapReport } from '../../../runner/evidence/ktap/index.ts';

/** The bytes of tests/fixtures/ktap/NAME. */
export function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`../../fixtures/ktap/${name}`, import.meta.url));
}

/** Reads a whole log in one piece. */
export function read(log: string | Uint8Array): KtapReport {
  const reader = new KtapReader();
  reader.push(log);
  return reader.end();
}

/** Reads lines of a log that a test spells out. */
export function readLines(...lines: string[]): KtapReport {
  return read(lines.join('\n') + '\n');
}

/** All events of a log. */
export function events(log: string): KtapEvent[] {
  const seen: KtapEvent[] = [];
  const reader = new KtapReader((event) => seen.push(event));
  reader.push(log);
  reader.end();
  return seen;
}

/** Every test as `outcome path`, parents after their subtests' parent line, in the order of the log. */
export function outline(tests: readonly KtapNode[]): string[] {
  return tests.flatMap((test) => [`${test.outcome} ${test.path}`, ...outline(test.children)]);
}

/** The codes of all problems, sorted. */
export function codes(report: KtapReport): string[] {
  return report.problems.map((problem) => problem.code).toSorted();
}
