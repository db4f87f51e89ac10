// SPDX-License-Identifier: MIT
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Patch } from '../../../runner/kernel/model.ts';
import { failure } from '../helpers.ts';
import { fixture, good, read, tree } from './helpers.ts';

/** What a mail must give: with the tree at hand, and from its text alone. */
interface Expected {
  is: keyof typeof good;
  /** `same`: the text alone gives it too; `doubts`: it gives something else and says so; `context`: only context lines differ. */
  alone: 'same' | 'doubts' | 'context';
  /** Doubts that stay with the tree at hand. */
  left?: 'content' | 'white space';
}
const one: Expected = { is: 'one', alone: 'same' };
const both: Expected = { is: 'both', alone: 'same' };

const whole: Record<string, [property: string, Expected]> = {
  'plain.diff': ['a diff is taken as it is', one],
  'format-patch.patch': ['what git format-patch wrote', one],
  'format-patch-crlf.patch': ['CRLF behind every line', one],
  'series.mbox': ['a cover letter and two patches, both applied', both],
  'series-out-of-order.mbox': ['the order is that of the numbers', both],
  'thread-with-replies.mbox': ['a reply that quotes a patch is none', both],
  'two-versions.mbox': ['the newest version of a series', both],
  'from-in-message.mbox': ['a >From in a message is no new mail', one],
  'quoted-once.txt': ['a reply that quotes the whole patch', one],
  'quoted-three-deep.txt': ['a reply to a reply to a reply', one],
  'quoted-without-blanks.txt': ['marks without a blank behind', one],
  'quoted-marks-mixed.txt': ['marks of two programs', one],
  'quoted-with-initials.txt': ['marks with initials', one],
  'quoted-with-bars.txt': ['bars for marks', one],
  'quoted-line-ends-stripped.txt': ['empty context lines lost their blanks', one],
  'remarks-between.txt': ['remarks inside of hunks', one],
  'remarks-that-look-like-lines.txt': ['remarks that suggest code', one],
  'remarks-after-header-and-minus.txt': ['remarks behind a header and between - and +', one],
  'tabs-expanded-to-stops.txt': ['tabs became blanks up to the stop', one],
  'tabs-as-eight-blanks.txt': ['each tab became eight blanks', one],
  'tabs-as-four-blanks.txt': [
    'each tab became four blanks: alignment may be tabs',
    { is: 'one', alone: 'doubts', left: 'white space' },
  ],
  'tabs-expanded-after-quoting.txt': [
    'the stops were counted from the quote marks',
    { is: 'one', alone: 'doubts' },
  ],
  'no-break-blanks.txt': ['no-break blanks for blanks', one],
  'wrapped-at-72-blank-kept.txt': ['wrapped behind a blank', one],
  'wrapped-at-76-blank-eaten.txt': ['wrapped at a blank that is gone', one],
  'wrapped-and-quoted-again.txt': ['wrapped, then quoted once more', one],
  'wrapped-and-tabs-expanded.txt': ['wrapped and without tabs', one],
  'wrapped-not-quoted.eml': ['wrapped by the sender’s own program', one],
  'wrapped-hunk-header.txt': ['a function’s name in a hunk header', one],
  'wrapped-inside-hunk-counts.txt': ['the counts of a hunk header', one],
  'wrapped-file-names.txt': ['the three lines that name a file', one],
  'wrapped-before-a-mark.txt': ['a string with the rest of its statement', one],
  'wrapped-comment-end.txt': ['the end of a comment', one],
  'wrapped-where-a-remark-could-be.txt': ['what a line opened is closed by no remark', one],
  'quoted-printable.eml': ['quoted-printable', one],
  'base64.eml': ['base64', one],
  'base64-crlf.eml': ['base64 of CRLF lines', one],
  'latin1.eml': ['another charset, and an encoded subject', one],
  'flowed.eml': ['format=flowed', one],
  'flowed-without-stuffing.eml': ['format=flowed without its blanks', one],
  'flowed-reply.eml': ['format=flowed, quoted', one],
  'flowed-quoted-printable.eml': ['format=flowed in quoted-printable, its header folded', one],
  'attached.eml': ['an attached file', one],
  'alternative-with-html.eml': ['the plain one of two alternatives', one],
  'addresses-redacted.txt': ['an archive has hidden the addresses', one],
  'address-redacted-in-context.txt': [
    'an address in a context line is that of the tree',
    { is: 'author', alone: 'context' },
  ],
  'blanks-of-context-lost.txt': ['context lines lost their blanks', { is: 'one', alone: 'doubts' }],
  'empty-context-lines-stripped.patch': ['empty lines for empty context', one],
  'signature-behind.txt': ['a signature right behind the last hunk', one],
  'pasted-below-a-message.txt': ['pasted below a message', one],
  'everything-at-once.txt': ['three deep, no tabs, wrapped, remarks, addresses hidden', one],
  'one-line-too-many.txt': [
    'a line that its header does not count',
    { is: 'one', alone: 'same', left: 'content' },
  ],
};

describe('a patch is got out of', () => {
  it.each(
    Object.entries(whole).map(([file, [property, expected]]) => ({ file, property, expected })),
  )('$file: $property', async ({ file, expected }) => {
    const patch = await read(fixture(file), file);
    const fitted = patch.fit(tree);
    expect(fitted.text).toBe(good[expected.is]);
    const left = fitted.doubts.map(({ about }) => about);
    expect([...new Set(left)]).toEqual(expected.left === undefined ? [] : [expected.left]);
    expect(aloneOf(patch, good[expected.is])).toBe(expected.alone);
  });

  it('every file of the folder has its case', () => {
    const folder = fileURLToPath(new URL('../../fixtures/mail/', import.meta.url));
    const names = readdirSync(folder, { withFileTypes: true }).filter((it) => it.isFile());
    const known = [...Object.keys(whole), ...Object.keys(refused), ...others];
    expect(known.toSorted()).toEqual(names.map(({ name }) => name).toSorted());
  });
});

/** What the text alone gave. */
function aloneOf(patch: Patch, sent: string): Expected['alone'] | 'something else' {
  if (patch.text === sent) return 'same';
  if (patch.doubts.length > 0) return 'doubts';
  return changes(patch.text).join() === changes(sent).join() ? 'context' : 'something else';
}

/** What a patch does, white space aside. */
function changes(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => /^[+-]/.test(line))
    .map((line) => line.replaceAll(/\s/g, ''));
}

const refused: Record<string, [code: string, evidence: string]> = {
  'second-patch-missing.mbox': ['incomplete-series', 'missing: 2/2'],
  'third-of-three-missing.mbox': ['incomplete-series', 'missing: 3/3'],
  'two-depths.txt': ['several-patches', 'depth 1: two-depths.txt:11: > diff --git a/include'],
  'hunk-cut.txt': ['corrupt-patch', 'hunk-cut.txt:56: the hunk ends here, 7 lines early'],
  'html-only.eml': ['not-a-patch', ''],
  'prose.txt': ['not-a-patch', 'there is no patch here.'],
  'empty.txt': ['empty-patch', ''],
};

describe('refused, with the place', () => {
  it.each(Object.entries(refused).map(([file, [code, says]]) => ({ file, code, says })))(
    '$file: $code',
    async ({ file, code, says }) => {
      const error = await failure(read(fixture(file), file));
      expect({ code: error.code, exit: error.exitCode }).toEqual({ code, exit: 2 });
      expect(error.evidence.join('\n')).toContain(says);
    },
  );
});

const others = [
  'address-redacted-in-added-line.txt',
  'file-left-out.txt',
  'no-newline-at-end.diff',
  'remark-right-behind-a-long-line.txt',
  'rename.patch',
  'tabs-as-one-blank.txt',
  'wrapped-after-quoting.txt',
];

describe('what a mail does not decide is said', () => {
  it.each([
    ['address-redacted-in-added-line.txt', 10, 'hidden an address'],
    [
      'file-left-out.txt',
      9,
      'the diffstat says 2 files, 11 lines added, 2 removed; the diff has 1 file, 3',
    ],
    ['remark-right-behind-a-long-line.txt', 49, 'is as likely'],
  ])('%s:%i', async (file, line, says) => {
    const { doubts } = (await read(fixture(file), file)).fit(tree);
    expect(doubts).toEqual([
      { place: `${file}:${line}`, about: 'content', text: expect.stringContaining(says) as string },
    ]);
  });

  it('of several patches in one text, --depth takes one', async () => {
    const patch = await read(fixture('two-depths.txt'), 'two-depths.txt', 1);
    expect(patch.fit(tree).text).toBe(good.one);
    const error = await failure(read(fixture('two-depths.txt'), 'two-depths.txt', 2));
    expect(error.remedy).toContain('--depth one of: 0, 1');
  });

  it('indentation that is gone: context is the tree’s, what is added is in doubt', async () => {
    const file = 'tabs-as-one-blank.txt';
    const patch = (await read(fixture(file), file)).fit(tree);
    expect(contextOf(patch.text)).toEqual(contextOf(good.one));
    expect(changes(patch.text)).toEqual(changes(good.one));
    // Two are indented as one line of the tree is and no other.
    expect(patch.doubts.map(({ place }) => Number(place.split(':')[1]))).toEqual([
      19, 27, 28, 40, 48, 49, 50, 51, 70,
    ]);
  });

  it('a wrapped text behind @@, without quote marks, is left out; the lines are whole', async () => {
    const file = 'wrapped-after-quoting.txt';
    const { text } = (await read(fixture(file), file)).fit(tree);
    const lines = (diff: string): string[] =>
      diff.split('\n').map((line) => line.replace(/(?<= @@).*/, ''));
    expect(lines(text)).toEqual(lines(good.one));
  });
});

function contextOf(text: string): string[] {
  return text.split('\n').filter((line) => /^[ -][^-]?/.test(line));
}

it.each(['no-newline-at-end.diff', 'rename.patch'])('%s: passes as it is', async (file) => {
  const patch = await read(fixture(file), file);
  const text = fixture(file).toString();
  expect(patch.text).toBe(text.slice(text.indexOf('diff --git')));
  expect(patch.repairs).toEqual([]);
});

it('every repaired line is told, with what it was', async () => {
  const file = 'wrapped-comment-end.txt';
  const { repairs } = await read(fixture(file), file);
  const start =
    '+\t/** @RING_REASON_ON_HOLD: the ring is on hold, and its parcels stay where they are';
  expect(repairs).toEqual([
    { place: `${file}:27`, kind: 'joined', before: `${start}\n*/`, after: `${start} */` },
  ]);
});
