// SPDX-License-Identifier: MIT

/** A line of a hunk without its mark, and the target's line that it is, if known. */
export interface Given {
  text: string;
  target?: string | undefined;
}

/**
 * How tabs were turned into blanks: up to the next stop of `size` columns, the text beginning at
 * column `shift`; or each tab into `size` blanks.
 */
export interface Expansion {
  size: number;
  shift: number;
  fixed: boolean;
}

/** Columns of a tab. */
export const tabStop = 8;
const leading = /^[ \t]*/;

/** The white space before a text. PURE. */
export function indentOf(text: string): string {
  return leading.exec(text)?.[0] ?? '';
}

/** Indented code; the blank before a comment's star is one. */
export function isIndented({ text }: Given): boolean {
  return /^[ \u00a0]+[^\s*]/.test(text);
}

/** Blanks as the tabs and blanks that they were. */
export function contract(indent: string, expansion: Expansion | undefined): string {
  if (indent.includes('\t') || expansion === undefined) return indent;
  const { size, shift } = expansion;
  const tabs = Math.floor((indent.length + shift) / size);
  return tabs === 0 ? indent : '\t'.repeat(tabs) + ' '.repeat((indent.length + shift) % size);
}

/** A line as it looks with its tabs turned into blanks. */
function expand(line: string, { size, shift, fixed }: Expansion): string {
  let result = '';
  for (const char of line) {
    const column = result.length + shift;
    result += char === '\t' ? ' '.repeat(fixed ? size : size - (column % size)) : char;
  }
  return result.trimEnd();
}

/** Every way that programs are known to have, the most frequent first; counted from quote marks last. */
const expansions: readonly Expansion[] = [
  ...[8, 4, 2].flatMap((size) => [
    { size, shift: 1, fixed: false },
    { size, shift: 0, fixed: false },
    { size, shift: 0, fixed: true },
  ]),
  ...[2, 3, 4, 5, 6, 7].map((shift) => ({ size: 8, shift, fixed: false })),
];

/** The expansion that explains the lines whose tabs are known; undefined when none explains most. */
export function expansionOf(
  changed: readonly { given: string; real: string }[],
): Expansion | undefined {
  let best: { expansion: Expansion; score: number } | undefined;
  for (const expansion of expansions) {
    const score = changed.filter(
      ({ given, real }) => expand(real, expansion) === given.trimEnd(),
    ).length;
    if (score > (best?.score ?? 0)) best = { expansion, score };
  }
  // Lines that were wrapped as well may differ by a blank.
  return best !== undefined && best.score * 3 >= changed.length * 2 ? best.expansion : undefined;
}

/** The expansion under which most lines begin, and most gaps end, at a tab stop. */
export function guessExpansion(lines: readonly Given[], quoteWidth: number): Expansion | undefined {
  const indents = lines.filter(isIndented).map(({ text }) => indentOf(text).length);
  const deep = indents.filter((width) => width >= 3);
  if (deep.length === 0 || indents.some((width) => width === 1)) return undefined;
  const hits = (size: number, shift: number): number =>
    deep.filter((width) => (width + shift) % size === 0).length;
  const half = [0, 1].find((shift) => hits(4, shift) === deep.length);
  const odd = deep.filter((width) => (width + (half ?? 0)) % 8 === 4).length;
  const shifts = [...new Set([1, 0, (quoteWidth + 1) % tabStop])];
  const [best = 1] = shifts.toSorted((a, b) => hits(tabStop, b) - hits(tabStop, a));
  const isSmall = odd * 3 >= deep.length && hits(tabStop, best) * 4 < deep.length * 3;
  const [size, shift] = half !== undefined && isSmall ? [4, half] : [tabStop, best];
  const gaps = lines.flatMap(({ text }) =>
    [...text.matchAll(/(?<=\S) {2,}(?=\\$|\S)/g)].map(({ index, 0: gap }) => ({
      length: gap.length,
      end: index + gap.length,
    })),
  );
  const isFixed = gaps.filter(({ length }) => length % size === 0).length;
  const toStop = gaps.filter(({ end }) => (end + shift) % size === 0).length;
  return { size, shift, fixed: shift === 0 && isFixed > toStop };
}
