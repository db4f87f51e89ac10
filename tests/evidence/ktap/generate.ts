// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import type { KtapNode, Outcome } from '../../../runner/evidence/ktap/index.ts';

/** A test as the generator makes it, and as a report is reduced to for comparison. */
export interface Shape {
  readonly name: string;
  readonly outcome: Outcome;
  readonly directive: string | null;
  readonly children: readonly Shape[];
}

/** How nesting is printed. */
export type Style = 'indent' | 'subtest' | 'hash' | 'tap14';
export const STYLES: readonly Style[] = ['indent', 'subtest', 'hash', 'tap14'];

const LETTERS = 'a b X Y Z 0 1 9 _ . / : - + é €'.split(' ');

const word = fc
  .string({ unit: fc.constantFrom(...LETTERS), minLength: 1 })
  .filter((text) => !text.startsWith('-'));
const text = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '));

// A colon behind the keyword belongs to the keyword (`# SKIP: why`).
const reason = text.filter((words) => !words.startsWith(':'));

const leafEnd = fc.oneof(
  fc.record({ outcome: fc.constantFrom<Outcome>('pass', 'fail'), directive: fc.constant(null) }),
  fc.record({
    outcome: fc.constantFrom<Outcome>('skip', 'xfail', 'xpass', 'timeout', 'error'),
    directive: fc.oneof(fc.constant(''), reason),
  }),
);

/** A list of tests that were all run and reported, nested up to four deep. */
export const forest: fc.Arbitrary<Shape[]> = fc.letrec<{ list: Shape[]; test: Shape }>((tie) => ({
  list: fc.array(tie('test'), { minLength: 1, maxLength: 4 }),
  test: fc
    .record({
      name: text,
      end: leafEnd,
      children: fc.oneof(
        { maxDepth: 3, depthIdentifier: 'nesting' },
        fc.constant<Shape[]>([]),
        fc.array(tie('test'), { minLength: 1, maxLength: 4, depthIdentifier: 'nesting' }),
      ),
    })
    .map(({ name, end, children }) => ({ name, ...end, children })),
})).list;

/** Lines that mean nothing anywhere, and so may stand everywhere. */
export const noise = fc.constantFrom(
  '[   12.345678] br0: port 1(veth0) entered blocking state',
  '<4>[   12.345678][  T77] WARNING: CPU: 0 PID: 1 at net/core/dev.c:1',
  'sending 1000 packets',
  '# a remark',
  '      deep text',
  'ok, this is prose',
  '',
);

/** Prints tests as KTAP in the given style. */
export function printKtap(tests: readonly Shape[], style: Style): string[] {
  return printLevel(tests, style, '', true, null);
}

function printLevel(
  tests: readonly Shape[],
  style: Style,
  prefix: string,
  root: boolean,
  parent: string | null,
): string[] {
  const lines: string[] = [];
  if (root || style !== 'tap14') lines.push(`${prefix}KTAP version 1`);
  if (style === 'subtest' && parent !== null) lines.push(`${prefix}# Subtest: ${parent}`);
  lines.push(`${prefix}1..${String(tests.length)}`);
  tests.forEach((test, index) => {
    if (test.children.length > 0) {
      if (style === 'tap14') lines.push(`${prefix}# Subtest: ${test.name}`);
      lines.push(...printLevel(test.children, style, prefix + STEP[style], false, test.name));
    }
    lines.push(`${prefix}${resultLine(test, index + 1)}`);
  });
  return lines;
}

const STEP: Readonly<Record<Style, string>> = {
  indent: '  ',
  subtest: '    ',
  hash: '# ',
  tap14: '    ',
};

function resultLine(test: Shape, number: number): string {
  const ok = ['pass', 'skip', 'xfail', 'xpass'].includes(test.outcome);
  const head = `${ok ? 'ok' : 'not ok'} ${String(number)} ${test.name}`;
  if (test.directive === null) return head;
  return `${head} # ${test.outcome.toUpperCase()} ${test.directive}`.trimEnd();
}

/** What a report's tests and generated ones have in common. */
export function shapes(tests: readonly KtapNode[]): Shape[] {
  return tests.map(({ name, outcome, directive, children }) => ({
    name,
    outcome,
    directive,
    children: shapes(children),
  }));
}
