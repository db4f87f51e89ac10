// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { tree } from './helpers.ts';

/** What a mailer and a person do to a patch. */
export interface Damage {
  tabs: 'kept' | 'to stops' | 'eight blanks';
  /** Columns, or null for no wrapping. */
  width: number | null;
  keepsBlank: boolean;
  depth: number;
  mark: '> ' | '>';
  stripsEnds: boolean;
  /** Fractions of the text behind which a remark stands. */
  remarks: readonly number[];
  encoding: 'none' | 'crlf' | 'quoted-printable' | 'base64' | 'base64 of crlf';
}

export const anyDamage: fc.Arbitrary<Damage> = fc.record({
  tabs: fc.constantFrom('kept', 'to stops', 'eight blanks'),
  width: fc.option(fc.integer({ min: 66, max: 80 })),
  keepsBlank: fc.boolean(),
  depth: fc.integer({ min: 0, max: 4 }),
  mark: fc.constantFrom('> ', '>'),
  stripsEnds: fc.boolean(),
  remarks: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
  encoding: fc.constantFrom('none', 'crlf', 'quoted-printable', 'base64', 'base64 of crlf'),
});

const remark = ['', 'Why is that so? I would not', '- do it here', '+ but there.', ''];

/** The patch as it arrives. */
export function damage(diff: string, how: Damage): string {
  const prefix = how.mark.repeat(how.depth);
  const flat = diff
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => withoutTabs(line, how.tabs));
  // Wrapped when it was quoted for the first time, then quoted as it was.
  const inner = how.depth === 0 ? '' : how.mark;
  let lines = flat.flatMap((line) => wrap(inner + line, inner, how));
  lines = lines.map((line) => prefix.slice(inner.length) + line);
  if (how.stripsEnds) lines = lines.map((line) => (how.keepsBlank ? line : line.trimEnd()));
  if (how.depth > 0)
    for (const fraction of how.remarks.toSorted((a, b) => b - a)) {
      const at = Math.floor(fraction * lines.length);
      // Not inside of a wrapped line: nobody does that.
      if (isWhole(lines[at], prefix)) lines.splice(at, 0, ...remark);
    }
  return encode(`${lines.join('\n')}\n`, how.encoding);
}

function isWhole(line: string | undefined, prefix: string): boolean {
  return (
    line?.startsWith(prefix) === true && /^([ +@-]|diff |index |$)/.test(line.slice(prefix.length))
  );
}

function withoutTabs(line: string, how: Damage['tabs']): string {
  if (how === 'kept') return line;
  if (how === 'eight blanks') return line.replaceAll('\t', ' '.repeat(8));
  let result = '';
  for (const char of line) result += char === '\t' ? ' '.repeat(8 - (result.length % 8)) : char;
  return result;
}

function wrap(line: string, prefix: string, { width, keepsBlank }: Damage): string[] {
  const parts: string[] = [];
  let rest = line;
  const isHead = /^\S*(diff|index|---|\+\+\+) /.test(line);
  const most = width === null || isHead ? Infinity : width;
  while (columns(rest) > most) {
    const breaks = [...rest.matchAll(/(?<=[^\s+-]) (?=[^\s+\\-])/g)]
      .map(({ index }) => index)
      .filter((index) => index > prefix.length + 16 && columns(rest.slice(0, index)) <= most);
    const at = breaks.at(-1);
    // A word that does not fit in a line stays where it is, and so does a hunk's range.
    if (at === undefined || /@@$|@@ -\S*$/.test(rest.slice(0, at))) break;
    parts.push(rest.slice(0, keepsBlank ? at + 1 : at));
    rest = prefix + rest.slice(at + 1);
  }
  return [...parts, rest];
}

function columns(text: string): number {
  return withoutTabs(text, 'to stops').length;
}

function encode(text: string, how: Damage['encoding']): string {
  const head = (encoding: string): string =>
    `From: A Person <a.person@example.org>\nSubject: Re: [PATCH] ring: a change\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: ${encoding}\n\n`;
  const base64 = (bytes: string): string =>
    (
      Buffer.from(bytes)
        .toString('base64')
        .match(/.{1,76}/g) ?? []
    ).join('\n');
  switch (how) {
    case 'none':
      return text;
    case 'crlf':
      return text.replaceAll('\n', '\r\n');
    case 'quoted-printable':
      return head(how) + text.split('\n').map(quotedPrintable).join('\n');
    case 'base64':
      return `${head('base64')}${base64(text)}\n`;
    case 'base64 of crlf':
      return `${head('base64')}${base64(text.replaceAll('\n', '\r\n'))}\n`;
    default:
      return how satisfies never;
  }
}

function quotedPrintable(line: string): string {
  const words = [...Buffer.from(line)].map((byte) =>
    (byte >= 33 && byte <= 126 && byte !== 61) || byte === 32
      ? String.fromCharCode(byte)
      : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  );
  if (words.at(-1) === ' ') words[words.length - 1] = '=20';
  const lines: string[] = [''];
  for (const word of words) {
    if ((lines.at(-1) ?? '').length + word.length > 75) lines.push('');
    lines[lines.length - 1] += word;
  }
  return lines.join('=\n');
}

const fresh = [
  '\tif (ring->on_hold)',
  '\t\treturn -EBUSY;',
  '\tring_note(ring, "kept: the ring is on hold until its owner lets it go again", NULL);',
  '\t\t    !ring_is_on_hold_by_anybody_else(ring, pos->owner, budget, flags, looked) &&',
  '',
  '\t/* Nothing is given away while the ring is on hold; whoever asks has to ask again. */',
];

/** Patches of the ring: lines taken out and put in at several places. */
export const anyPatch: fc.Arbitrary<string> = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 6 }),
      out: fc.integer({ min: 0, max: 2 }),
      put: fc.array(fc.constantFrom(...fresh), { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((edits) => edits.filter(({ out, put }) => out + put.length > 0))
  .filter((edits) => edits.length > 0)
  .map((edits) => {
    const path = 'net/sample/ring.c';
    const lines = tree(path) ?? [];
    const hunks: string[] = [];
    let grown = 0;
    for (const [index, { at, out, put }] of edits.entries()) {
      const from = 4 + index * 16 + at;
      const marked = (mark: string, some: readonly string[]): string[] =>
        some.map((line) => mark + line);
      const body = [
        ...marked(' ', lines.slice(from - 3, from)),
        ...marked('-', lines.slice(from, from + out)),
        ...marked('+', put),
        ...marked(' ', lines.slice(from + out, from + out + 3)),
      ];
      hunks.push(`@@ -${from - 2},${6 + out} +${from - 2 + grown},${6 + put.length} @@`, ...body);
      grown += put.length - out;
    }
    return `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${hunks.join('\n')}\n`;
  });
