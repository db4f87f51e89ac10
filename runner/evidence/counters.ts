// SPDX-License-Identifier: MIT

/** What a test counted itself: a number, or a word for why it could not (`absent`, `untraced`). */
export type Counters = Record<string, number | string>;

const counterLine = /^#?\s*counters:\s+(\S.*)$/;
const counterWord = /^([a-z][a-z0-9_]{0,63})=(?:(\d{1,15})|([a-z][a-z-]{0,31}))$/;

/** Reads `# counters: repair_segs=12 repair_hist=absent`; undefined for any other line. Words of another form are left out. */
export function readCounters(line: string): Counters | undefined {
  const words = counterLine.exec(line.trim())?.[1];
  if (words === undefined) return undefined;
  const counters: Counters = {};
  for (const word of words.split(/\s+/)) {
    const [, name, number, text] = counterWord.exec(word) ?? [];
    if (name !== undefined) counters[name] = number === undefined ? (text ?? '') : Number(number);
  }
  return counters;
}

/** Adds up the lines of one test. A word wins over numbers: a sum with an unknown part is unknown. */
export function addCounters(into: Counters, more: Counters): void {
  for (const [name, value] of Object.entries(more)) {
    const before = into[name] ?? 0;
    into[name] =
      typeof before === 'string' ? before : typeof value === 'string' ? value : before + value;
  }
}
