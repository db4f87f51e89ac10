// SPDX-License-Identifier: MIT

/** A line of the body as the search sees it. */
export interface Seen {
  /** Index in the body. */
  index: number;
  /** At the patch's own depth; otherwise a remark, or a line wrapped after it was quoted. */
  inQuote: boolean;
  text: string;
  /** Columns of the whole line, quote marks included. */
  width: number;
}

/**
 * What each assumption costs. Only the order matters: what mailers do often is cheap, and what
 * changes the number of lines without a sign of it is dear.
 */
export const costs = {
  keptBlank: 0.5,
  wrap: 1,
  wrapAfterQuoting: 3,
  wrapWithoutSign: 14,
  marked: 3,
  tabWithoutBlank: 2,
  lostBlank: 8,
  blankSkipped: 6,
  lineSkipped: 12,
  likelyWrapSkipped: 3,
  wrapInsideSkipped: 6,
  closingWrapSkipped: 8,
  differs: 6,
  drift: 2,
  cutOff: 4,
} as const;
/** What it costs to leave a line out. PURE. */
export function skipCost(seen: readonly Seen[], at: number): number {
  const here = seen[at];
  if (here === undefined) return 0;
  if (here.text.trim() === '') return here.inQuote ? costs.blankSkipped : 0;
  if (here.inQuote) return costs.lineSkipped;
  const previous = seen[at - 1];
  if (previous?.inQuote !== true || joinCost(previous, here) >= costs.wrapWithoutSign) return 0;
  // What it opens is closed here: that is no remark.
  const [open, closed] = [openIn(previous.text), openIn(`${previous.text} ${here.text}`)];
  if (open !== '' && closed === '') return costs.closingWrapSkipped;
  // Who writes a remark leaves a line free before and after it.
  return seen[at + 1]?.inQuote === true ? costs.wrapInsideSkipped : costs.likelyWrapSkipped;
}

/** What a line of C opens and does not close: brackets, a string, a comment. */
function openIn(text: string): string {
  const plain = text
    .replaceAll(/\\./g, '')
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\/\*.*?\*\//g, '');
  const count = (char: string): number => plain.split(char).length - 1;
  return [
    count('(') > count(')') ? '(' : '',
    count('[') > count(']') ? '[' : '',
    plain.includes('"') ? '"' : '',
    plain.includes('/*') ? '/*' : '',
  ].join('');
}

/** What it costs to take a line for the rest of the one above. PURE. */
export function joinCost(previous: Seen, next: Seen): number {
  const word = /^\s*(\S*)/.exec(next.text)?.[1]?.length ?? 0;
  const isLong = previous.width >= 40 && previous.width + 1 + word > 60;
  const cost = previous.text.endsWith(' ')
    ? costs.keptBlank
    : isLong
      ? costs.wrap
      : costs.wrapWithoutSign;
  const marked = next.inQuote && /^[ +\-\u00a0]/.test(next.text) ? costs.marked : 0;
  return cost + marked + (next.inQuote ? 0 : costs.wrapAfterQuoting);
}

/** Whether a line after the hunk looks like the rest of its last line. PURE. */
export function isTail(last: Seen | undefined, next: Seen): boolean {
  return (
    last !== undefined &&
    next.inQuote &&
    /^[^\s+\-\\]/.test(next.text) &&
    joinCost(last, next) < costs.wrapWithoutSign
  );
}
