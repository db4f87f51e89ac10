// SPDX-License-Identifier: MIT
import {
  contract,
  expansionOf,
  guessExpansion,
  indentOf,
  isIndented,
  tabStop,
} from './expansion.ts';
import type { Expansion, Given } from './expansion.ts';
import { bare } from './model.ts';

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

/** What the lines around one line have. */
export interface Near {
  gaps: Gaps;
  /** The target's indentation of the nearest line that is indented in the mail as this one. */
  indent: string | undefined;
}

/** How often each kind of gap is made of tabs, and how often of blanks. */
export type Gaps = ReadonlyMap<GapKind, { tabs: number; blanks: number }>;

type GapKind =
  | 'right after a star'
  | 'before a backslash'
  | 'after a star'
  | 'before a comment'
  | 'in a define'
  | 'inside';

const none = { tabs: 0, blanks: 0 };
const sourceFile = /(\.([chSsly]|cc|dtsi?|lds|rs)|(^|\/)(Makefile|Kbuild|Kconfig)[^/]*)$/;

/**
 * Learns how a mailer changed white space, from the lines that the target has. Without any, from
 * the kernel's convention: source files are indented by tabs. PURE.
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
  const hasTabs = lines.some(({ text }) => text.includes('\t'));
  const proven = pairs.some(({ real }) => real.includes('\t'));
  const damaged = proven ? changed.length > 0 : !hasTabs && lines.some(isIndented);
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
    expansion: proven ? expansionOf(changed) : guessExpansion(lines, quoteWidth),
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
  near: Near,
): { text: string; doubt: string | undefined } {
  if (!rules.damaged || text.trim() === '' || text.includes('\t'))
    return { text, doubt: undefined };
  const indent = indentOf(text);
  const known = near.indent ?? rules.indents.get(indent);
  const { expansion } = rules;
  if (known === undefined && (expansion === undefined || !sourceFile.test(path)))
    return {
      text,
      doubt: isIndented({ text }) ? 'its indentation may have been tabs' : undefined,
    };
  const restored = known ?? contract(indent, expansion);
  const isSplit = indent !== '' && near.indent !== undefined && !rules.indents.has(indent);
  const like = isSplit ? 'its indentation is that of the nearest line like it' : undefined;
  if (expansion === undefined) return { text: restored + text.slice(indent.length), doubt: like };
  const inner = fillGaps(text, indent.length, [near.gaps, rules.gaps], expansion);
  const isAligned = known === undefined && expansion.size < tabStop && indent.length >= 2;
  return {
    text: restored + inner.text,
    doubt: isAligned ? `its blanks were read as tabs of ${expansion.size}` : (like ?? inner.doubt),
  };
}

function tabsIn(text: string): number {
  return text.split('\t').length;
}

/** Puts tabs into the gaps between the words of a line, where its like has tabs. */
function fillGaps(
  text: string,
  start: number,
  evidence: readonly Gaps[],
  expansion: Expansion,
): { text: string; doubt: string | undefined } {
  const { size, shift, fixed } = expansion;
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
    const stop = (column: number): number => Math.floor((column + shift) / size);
    const tabs = fixed ? Math.floor(gap[0].length / size) : stop(to) - stop(from);
    // A string says what it says; one blank is a blank, unless the lines around have tabs there.
    const isOne = to - from === 1;
    const star = evidence[0]?.get('right after a star') ?? none;
    const isTab = /^\s*\*$/.test(before) && star.tabs > 0 && star.blanks === 0;
    if (tabs === 0 || (isOne && !isTab) || isInString(before)) {
      result += gap[0];
      continue;
    }
    // The closest evidence counts.
    const kind = kindOfGap(before, after);
    const seen = evidence.map((gaps) => gaps.get(kind)).find((it) => it !== undefined) ?? none;
    const wins = seen.tabs >= seen.blanks;
    const few = Math.min(seen.tabs, seen.blanks);
    if (seen.tabs + seen.blanks === 0 || few * 10 > Math.max(seen.tabs, seen.blanks))
      doubt = `the gap before "${after.slice(0, 24)}" may be ${wins ? 'blanks' : 'tabs'}`;
    const rest = fixed ? gap[0].length % size : (to + shift) % size;
    result += wins ? '\t'.repeat(tabs) + ' '.repeat(rest) : gap[0];
  }
  return { text: result + text.slice(done), doubt };
}

/** Counts the gaps inside lines. PURE. */
export function countGaps(lines: readonly string[]): Gaps {
  const counts = new Map<GapKind, { tabs: number; blanks: number }>();
  const add = (kind: GapKind, isTabs: boolean): void => {
    const count = counts.get(kind) ?? { tabs: 0, blanks: 0 };
    if (isTabs) count.tabs++;
    else count.blanks++;
    counts.set(kind, count);
  };
  for (const line of lines) {
    const start = indentOf(line).length;
    const star = /^\s*\*([ \t])/.exec(line)?.[1];
    if (star !== undefined) add('right after a star', star === '\t');
    for (const gap of line.slice(start).matchAll(/[ \t]*(?:\t| {2})[ \t]*/g)) {
      const before = line.slice(0, start + gap.index);
      if (isInString(before)) continue;
      const kind = kindOfGap(before, line.slice(start + gap.index + gap[0].length));
      add(kind, gap[0].includes('\t'));
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
