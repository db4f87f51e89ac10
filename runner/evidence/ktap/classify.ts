// SPDX-License-Identifier: MIT
import { readDescription } from './directive.ts';
import { printkInside } from './lines.ts';
import type { Outcome } from './model.ts';

/** The counters of kselftest's `# Totals:` line, in its own words. */
export interface Totals {
  readonly pass: number;
  readonly fail: number;
  readonly xfail: number;
  readonly xpass: number;
  readonly skip: number;
  readonly error: number;
}

/**
 * What a line is. `column` says how deep it stands: every `# ` in front counts two and every blank one, so that KTAP's
 * indentation and the `# ` that runner.sh puts before a test's output (tap_prefix()) are the same thing.
 */
export type Token =
  | { readonly kind: 'version'; readonly column: number; readonly label: string }
  | {
      readonly kind: 'plan';
      readonly column: number;
      readonly planned: number;
      readonly skip: string | null;
    }
  | ResultToken
  | { readonly kind: 'unreadable'; readonly column: number; readonly ok: boolean }
  | { readonly kind: 'subtest'; readonly column: number; readonly name: string }
  | { readonly kind: 'bail'; readonly column: number; readonly reason: string }
  | {
      readonly kind: 'start';
      readonly column: number;
      readonly source: 'run' | 'header';
      readonly name: string;
    }
  | { readonly kind: 'totals'; readonly column: number; readonly totals: Totals }
  | { readonly kind: 'harnessEnd'; readonly column: number; readonly failed: boolean }
  | { readonly kind: 'diagnostic'; readonly column: number; readonly text: string }
  | { readonly kind: 'unknown'; readonly text: string };

/** A result line. */
export interface ResultToken {
  readonly kind: 'result';
  readonly column: number;
  readonly id: number | null;
  readonly name: string;
  readonly outcome: Outcome;
  readonly directive: string | null;
  readonly contradicts: boolean;
}

/** A token, and the printk text that was cut from the end of its line. */
export interface Classified {
  readonly token: Token;
  readonly tail: string | null;
}

/** Says what one clean line is (see cleanLine()). A line with printk text inside is read up to that text. */
export function classify(text: string): Classified {
  const cut = printkInside(text);
  if (cut !== -1) {
    const token = classifyWhole(text.slice(0, cut).trimEnd());
    if (token.kind !== 'unknown' && token.kind !== 'diagnostic') {
      return { token, tail: text.slice(cut) };
    }
  }
  return { token: classifyWhole(text), tail: null };
}

// Nothing real nests deeper; it bounds the work on a line of nothing but `# `.
const MAX_HASHES = 32;

function classifyWhole(text: string): Token {
  let at = blanks(text, 0);
  for (let hashes = 0; hashes <= MAX_HASHES; hashes += 1) {
    const token = readProtocol(text, at) ?? (text[at] === '#' ? readComment(text, at) : null);
    if (token !== null) return token;
    if (text[at] !== '#') break;
    const next = text[at + 1] === ' ' ? blanks(text, at + 2) : -1;
    // `# ` is stripped only while protocol, or a further `#`, follows; else the rest is this test's log.
    if (next === -1 || !startsDeeper(text, next)) return comment(text, at);
    at = next;
  }
  return { kind: 'unknown', text };
}

function startsDeeper(text: string, at: number): boolean {
  return text[at] === '#' || readProtocol(text, at) !== null;
}

function comment(text: string, at: number): Token {
  const body = text.slice(at + 1);
  return {
    kind: 'diagnostic',
    column: at,
    text: body.startsWith(' ') ? body.slice(1) : body,
  };
}

function blanks(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return at;
}

const VERSION = /(K?TAP version \d{1,9})\s*$/y;
const PLAN = /1\.\.(\d{1,9})\s*(?:#\s*(.*))?$/y;
const RESULT = /(not )?ok(?![^\s#])/y;
const BAIL = /Bail out!\s*(.*)$/iy;

function readProtocol(text: string, column: number): Token | null {
  switch (text.charAt(column)) {
    case 'K':
    case 'T': {
      const label = sticky(VERSION, text, column)?.[1];
      return label === undefined ? null : { kind: 'version', column, label };
    }
    case '1':
      return readPlan(text, column);
    case 'B':
    case 'b': {
      const bail = sticky(BAIL, text, column);
      return bail === null ? null : { kind: 'bail', column, reason: (bail[1] ?? '').trim() };
    }
    case 'n':
    case 'o':
      return readResult(text, column);
    default:
      return null;
  }
}

// `1..0 # SKIP reason` is ktap_skip_all() and ksft_exit_skip().
function readPlan(text: string, column: number): Token | null {
  const plan = sticky(PLAN, text, column);
  if (plan === null) return null;
  const skip = /^SKIP\b[\s:]*(.*)$/i.exec(plan[2] ?? '');
  return {
    kind: 'plan',
    column,
    planned: Number(plan[1]),
    skip: skip === null ? null : (skip[1] ?? '').trim(),
  };
}

const NUMBER = /^\s+(\d{1,9})(?=\s|$)/;
const DASH = /^\s+-(?=\s)/;
// The newest runner numbers its own message: `ok 1 1 selftests: net: a.sh`. Before anything else a second
// number is part of the name (`ok 3 64 byte packets`).
const SECOND_NUMBER = /^(\d{1,9})\s+(?=selftests: )/;

function readResult(text: string, column: number): Token | null {
  const result = sticky(RESULT, text, column);
  if (result === null) return null;
  const ok = result[1] === undefined;
  let rest = text.slice(column + result[0].length);
  const number = NUMBER.exec(rest);
  // KTAP asks for the number, TAP 13 does not. Without one, only `ok - name` cannot be prose.
  if (number === null && !DASH.test(rest)) return { kind: 'unreadable', column, ok };
  rest = rest.slice(number?.[0].length ?? 0).replace(DASH, '');
  rest = rest.trim();
  const second = SECOND_NUMBER.exec(rest);
  if (second !== null) rest = rest.slice(second[0].length);
  const id = second?.[1] ?? number?.[1];
  const description = readDescription(rest, ok);
  return { kind: 'result', column, id: id === undefined ? null : Number(id), ...description };
}

const SUBTEST = /# Subtest:\s*(.*)$/y;
// __run_test() in kselftest_harness.h: `#  RUN           fixture.variant.test ...`.
const RUN = /# {1,3}RUN {2,}(\S.*)\.\.\.$/y;
// run_one() in kselftest/runner.sh: TEST_HDR_MSG, before the test starts.
const HEADER = /# (selftests: \S+: \S+)$/y;
// ksft_print_cnts() in kselftest.h, ktap_print_totals() in ktap_helpers.sh. KUnit's form (with `total:`) counts parameters
// of parameterised tests too, so it cannot be compared and stays a log line.
const TOTALS =
  /# Totals: pass:(\d{1,9}) fail:(\d{1,9}) xfail:(\d{1,9}) xpass:(\d{1,9}) skip:(\d{1,9}) error:(\d{1,9})$/y;
// test_harness_run() in kselftest_harness.h.
const HARNESS_END = /# (PASSED|FAILED): \d+ \/ \d+ tests passed\.$/y;

function readComment(text: string, column: number): Token | null {
  const subtest = sticky(SUBTEST, text, column);
  if (subtest !== null) return { kind: 'subtest', column, name: (subtest[1] ?? '').trim() };
  const run = sticky(RUN, text, column)?.[1];
  if (run !== undefined) return { kind: 'start', column, source: 'run', name: run.trim() };
  const header = sticky(HEADER, text, column)?.[1];
  if (header !== undefined) return { kind: 'start', column, source: 'header', name: header };
  const end = sticky(HARNESS_END, text, column);
  if (end !== null) return { kind: 'harnessEnd', column, failed: end[1] === 'FAILED' };
  const totals = sticky(TOTALS, text, column);
  return totals === null ? null : { kind: 'totals', column, totals: readTotals(totals) };
}

function readTotals(match: RegExpExecArray): Totals {
  const [pass = 0, fail = 0, xfail = 0, xpass = 0, skip = 0, error = 0] = match
    .slice(1)
    .map(Number);
  return { pass, fail, xfail, xpass, skip, error };
}

function sticky(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
