// SPDX-License-Identifier: MIT
import type { Outcome } from './model.ts';

/** What stands behind the number of a result line. */
export interface Description {
  readonly name: string;
  readonly outcome: Outcome;
  readonly directive: string | null;
  /** The keyword cannot stand on a line with this `ok` or `not ok`; the outcome is then the worse reading. */
  readonly contradicts: boolean;
}

const KEYWORD = /#\s*(SKIP|TODO|XFAIL|XPASS|TIMEOUT|ERROR)(?![A-Za-z0-9_]):?\s*/iy;
const KEY_VALUE = /#\s*(?=[A-Za-z_][A-Za-z0-9_]*=)/y;

/**
 * Splits `name # DIRECTIVE reason`.
 *
 * ktap.rst forbids `#` in a description, but real names hold it, so only these are cut off: the last `#` that is
 * followed by a keyword; else the last that is followed by `key=` (`# exit=1` of runner.sh, `# rcode=0` in ktap.rst,
 * `# time=2ms` of the MPTCP tests); else the first ` #  ` with two blanks, which ksft_test_result_code() in
 * kselftest.h prints before a message. Any other `#` stays in the name.
 */
export function readDescription(text: string, ok: boolean): Description {
  const keyword = findLast(text, KEYWORD, (word) => isKeyword(word, ok));
  if (keyword !== null) {
    return { ...judge(keyword.word.toUpperCase(), ok), ...keyword.parts };
  }
  const plain = { outcome: ok ? 'pass' : 'fail', contradicts: false } as const;
  const data = findLast(text, KEY_VALUE, () => true);
  if (data !== null) return { ...plain, ...data.parts };
  const message = text.startsWith('#  ') ? 0 : text.indexOf(' #  ');
  if (message !== -1) return { ...plain, ...split(text, message, text.indexOf('#', message) + 1) };
  return { ...plain, name: text.trim(), directive: null };
}

// TAP reads SKIP and TODO in any case. `# error` in lower case is ksft_test_result_error() in kselftest.h, and only
// ever on `not ok`; on `ok` it is prose, as is any other lower-case word.
function isKeyword(word: string, ok: boolean): boolean {
  if (word === word.toUpperCase()) return true;
  const lower = word.toLowerCase();
  return lower === 'skip' || lower === 'todo' || (lower === 'error' && !ok);
}

// ktap.rst: SKIP may stand on `ok` and on `not ok`; TIMEOUT and ERROR ask for `not ok`. kselftest.h prints XFAIL on `ok`.
// XPASS is kselftest's own; on `not ok` it is unknown, and an unknown directive falls back to the result.
function judge(word: string, ok: boolean): { outcome: Outcome; contradicts: boolean } {
  switch (word) {
    case 'SKIP':
      return { outcome: 'skip', contradicts: false };
    case 'XFAIL':
      return { outcome: 'xfail', contradicts: false };
    case 'TODO':
      return { outcome: ok ? 'xpass' : 'xfail', contradicts: false };
    case 'XPASS':
      return { outcome: ok ? 'xpass' : 'fail', contradicts: !ok };
    case 'TIMEOUT':
      return { outcome: 'timeout', contradicts: ok };
    default:
      return { outcome: 'error', contradicts: ok };
  }
}

interface Found {
  readonly word: string;
  readonly parts: { readonly name: string; readonly directive: string };
}

// From the last `#` backwards, one sticky match each: linear, however many `#` a hostile line holds.
function findLast(text: string, pattern: RegExp, accept: (word: string) => boolean): Found | null {
  for (let at = text.lastIndexOf('#'); at !== -1; at = text.lastIndexOf('#', at - 1)) {
    const before = text[at - 1];
    if (before === undefined || before === ' ' || before === '\t') {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      const word = match?.[1] ?? '';
      if (match !== null && accept(word)) {
        return { word, parts: split(text, at, at + match[0].length) };
      }
    }
    if (at === 0) break;
  }
  return null;
}

function split(text: string, nameEnd: number, reasonStart: number) {
  return { name: text.slice(0, nameEnd).trim(), directive: text.slice(reasonStart).trim() };
}
