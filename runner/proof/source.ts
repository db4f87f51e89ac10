// SPDX-License-Identifier: MIT

/** A place in a text file; both count from 1. */
export interface Place {
  line: number;
  column: number;
}

const shownColumns = 100;

/** What a file says, made safe to print: control characters but tab are shown as `?`. */
export function printable(text: string): string {
  return text.replace(/[^\t\P{Cc}]/gu, '?');
}

/**
 * The offending line and a caret below the place, for the evidence of an error. Tabs are kept
 * in the caret's line so that it stands right.
 */
export function pointAt(text: string, place: Place): string[] {
  const line = printable(text.split(/\r\n|\r|\n/)[place.line - 1] ?? '');
  const first = place.column > shownColumns ? place.column - shownColumns / 2 : 1;
  const shown = line.slice(first - 1, first - 1 + shownColumns);
  const pad = shown.slice(0, place.column - first).replace(/[^\t]/g, ' ');
  const number = String(place.line);
  return [`${number} | ${shown}`, `${' '.repeat(number.length)} | ${pad}^`];
}
