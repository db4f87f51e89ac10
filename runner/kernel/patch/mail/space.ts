// SPDX-License-Identifier: MIT
import { bare } from './model.ts';

/** A line of a hunk without its mark, and the target's line that it is, if known. */
interface Given {
  text: string;
  target?: string | undefined;
}

/** How tabs were turned into blanks: `size` columns a tab, the text beginning at column `shift`. */
interface Expansion {
  size: number;
  shift: number;
}

/** What is known of the white space that a mailer changed in one patch. */
export interface SpaceRules {
  /** False: the mail's white space is as it was. */
  damaged: boolean;
  /** False: it rests on the kernel's convention alone. */
  proven: boolean;
  expansion: Expansion | undefined;
  /** Indentations of the mail, and what they are in the target where it is always the same. */
  indents: ReadonlyMap<string, string>;
  /** The gaps of the target. */
  gaps: Gaps;
}

/** How often each kind of gap is made of tabs, and how often of blanks. */
export type Gaps = ReadonlyMap<GapKind, { tabs: number; blanks: number }>;

type GapKind =
  'before a backslash' | 'after a star' | 'before a comment' | 'in a define' | 'inside';

const tabStop = 8;
const none = { tabs: 0, blanks: 0 };
const leading = /^[ \t]*/;
const sourceFile = /(\.([chSsly]|cc|dtsi?|lds|rs)|(^|\/)(Makefile|Kbuild|Kconfig)[^/]*)$/;

/**
 * Learns how a mailer changed white space, from the lines that the target has. Without any, from
 * the kernel's convention: no line of a source file is indented by eight blanks. PURE.
 *
 * @param quoteWidth columns that quote marks took when the tabs were expanded
 */
export function learnSpace(
  lines: readonly Given[],
  targets: readonly (readonly string[])[],
  quoteWidth: number,
): SpaceRules {
  const pairs = lines.flatMap(({ text, target }) =>
    target !== undefined && bare(text) === bare(target) && target.trim() !== ''
      ? [{ given: text, real: target }]
      : [],
  );
  const changed = pairs.filter(({ given, real }) => tabsIn(given) < tabsIn(real));
  const widths = lines
    .filter(({ text }) => text.trim() !== '')
    .map(({ text }) => leading.exec(text)?.[0] ?? '');
  const hasTabs = lines.some(({ text }) => text.includes('\t'));
  const proven = pairs.some(({ real }) => real.includes('\t'));
  const damaged = proven
    ? changed.length > 0
    : !hasTabs && widths.some((indent) => indent.length >= 3);
  const indents = new Map<string, string>();
  const split = new Set<string>();
  for (const { given, real } of pairs) {
    const from = indentOf(given);
    const to = indentOf(real);
    if ((indents.get(from) ?? to) !== to) split.add(from);
    indents.set(from, to);
  }
  for (const from of split) indents.delete(from);
  return {
    damaged,
    proven,
    expansion: proven ? expansionOf(changed) : guessExpansion(widths, quoteWidth),
    indents,
    gaps: countGaps(targets.flat()),
  };
}

/**
 * Puts the white space of a line back that the target does not have. Only blanks become tabs, so
 * that its words stay. `doubt` says what was not certain.
 */
export function restoreSpace(
  text: string,
  path: string,
  rules: SpaceRules,
  near: Gaps,
): { text: string; doubt: string | undefined } {
  const plain = text.replaceAll('\u00a0', ' ');
  if (!rules.damaged || plain.trim() === '' || plain.includes('\t'))
    return { text: plain, doubt: undefined };
  const indent = indentOf(plain);
  const rest = plain.slice(indent.length);
  const known = rules.indents.get(indent);
  if (known === undefined && !sourceFile.test(path))
    return {
      text: plain,
      doubt: indent.length >= 3 ? 'indented by blanks, which may have been tabs' : undefined,
    };
  const expansion = rules.expansion;
  if (expansion === undefined)
    return known === undefined && indent.includes(' ') && indent.length > 1
      ? { text: plain, doubt: 'its indentation could not be restored' }
      : { text: (known ?? indent) + rest, doubt: undefined };
  const restored = known ?? contract(indent, expansion);
  const inner =
    expansion.size === tabStop
      ? fillGaps(plain, indent.length, [near, rules.gaps], expansion.shift)
      : { text: rest, doubt: undefined };
  return { text: restored + inner.text, doubt: inner.doubt };
}

function tabsIn(text: string): number {
  return text.split('\t').length;
}

function indentOf(text: string): string {
  return leading.exec(text)?.[0] ?? '';
}

/** Blanks as the tabs and blanks that they were. */
function contract(indent: string, { size, shift }: Expansion): string {
  if (indent.includes('\t')) return indent;
  const tabs = Math.floor((indent.length + shift) / size);
  return tabs === 0 ? indent : '\t'.repeat(tabs) + ' '.repeat((indent.length + shift) % size);
}

/** The expansion that explains most of the lines whose tabs are known. */
function expansionOf(changed: readonly { given: string; real: string }[]): Expansion | undefined {
  let best: (Expansion & { score: number }) | undefined;
  for (const size of [8, 4, 2]) {
    for (const shift of [1, 0, 2, 3, 4, 5, 6, 7].filter((it) => it < size)) {
      const score = changed.filter(({ given, real }) => {
        const indent = indentOf(given);
        return real.startsWith('\t') && contract(indent, { size, shift }) === indentOf(real);
      }).length;
      if (score > (best?.score ?? 0)) best = { size, shift, score };
    }
  }
  return best;
}

/** The expansion under which most lines begin at a tab stop. */
function guessExpansion(indents: readonly string[], quoteWidth: number): Expansion | undefined {
  const deep = indents.filter((indent) => indent.length >= 3 && !indent.includes('\t'));
  if (deep.length === 0) return undefined;
  const shifts = [...new Set([1, 0, (quoteWidth + 1) % tabStop])];
  const hits = (size: number, shift: number): number =>
    deep.filter((indent) => (indent.length + shift) % size === 0).length;
  const best = shifts.toSorted((a, b) => hits(tabStop, b) - hits(tabStop, a))[0] ?? 1;
  const small = [0, 1].find((shift) => {
    const half = deep.filter((indent) => (indent.length + shift) % 8 === 4).length;
    return hits(4, shift) === deep.length && half * 3 >= deep.length;
  });
  return small === undefined ? { size: tabStop, shift: best } : { size: 4, shift: small };
}

/** Puts tabs into the gaps between the words of a line, where its like has tabs. */
function fillGaps(
  text: string,
  start: number,
  evidence: readonly Gaps[],
  shift: number,
): { text: string; doubt: string | undefined } {
  let result = '';
  let doubt: string | undefined;
  let done = start;
  for (const gap of text.slice(start).matchAll(/ +/g)) {
    const from = start + gap.index;
    const to = from + gap[0].length;
    const before = text.slice(0, from);
    const after = text.slice(to);
    result += text.slice(done, from);
    done = to;
    const stops = Math.floor((to + shift) / tabStop) - Math.floor((from + shift) / tabStop);
    const kind = kindOfGap(before, after);
    // One blank is a blank, and a string says what it says.
    if (stops === 0 || to - from < 2 || isInString(before)) {
      result += gap[0];
      continue;
    }
    // The closest evidence counts.
    const seen = evidence.map((gaps) => gaps.get(kind)).find((it) => it !== undefined) ?? none;
    const wins = seen.tabs >= seen.blanks;
    const few = Math.min(seen.tabs, seen.blanks);
    if (seen.tabs + seen.blanks === 0 || few * 10 > Math.max(seen.tabs, seen.blanks))
      doubt = `the gap before "${after.slice(0, 24)}" may be ${wins ? 'blanks' : 'tabs'}`;
    result += wins ? '\t'.repeat(stops) + ' '.repeat((to + shift) % tabStop) : gap[0];
  }
  return { text: result + text.slice(done), doubt };
}

/** Counts the gaps inside lines. PURE. */
export function countGaps(lines: readonly string[]): Gaps {
  const counts = new Map<GapKind, { tabs: number; blanks: number }>();
  for (const line of lines) {
    const start = indentOf(line).length;
    for (const gap of line.slice(start).matchAll(/[ \t]*(?:\t| {2})[ \t]*/g)) {
      const before = line.slice(0, start + gap.index);
      if (isInString(before)) continue;
      const kind = kindOfGap(before, line.slice(start + gap.index + gap[0].length));
      const count = counts.get(kind) ?? { tabs: 0, blanks: 0 };
      if (gap[0].includes('\t')) count.tabs++;
      else count.blanks++;
      counts.set(kind, count);
    }
  }
  return counts;
}

function kindOfGap(before: string, after: string): GapKind {
  if (after === '\\') return 'before a backslash';
  if (/^\s*\/?\*+$/.test(before)) return 'after a star';
  if (/^\/[*/]/.test(after)) return 'before a comment';
  if (/^\s*#\s*define\b/.test(before)) return 'in a define';
  return 'inside';
}

function isInString(before: string): boolean {
  return (before.replaceAll(/\\./g, '').match(/"/g)?.length ?? 0) % 2 === 1;
}
