// SPDX-License-Identifier: MIT
import { quoteOfHeader, unquote } from './quote.ts';
import type { Quote } from './quote.ts';
import type { Body } from './model.ts';

/** A hunk as it stands in the body: its header is read, its lines are not. */
export interface RawHunk {
  /** Index of its header in the body. */
  at: number;
  quote: Quote;
  oldStart: number;
  oldCount: number;
  newStart: number;
  newCount: number;
  /** `@@ -1,2 +1,3 @@` */
  range: string;
  /** What stands behind it, as far as it is on that line. */
  section: string;
  /** The lines that it may be made of. */
  from: number;
  to: number;
}

/** A file's part of a diff. */
export interface RawFile {
  at: number;
  /** Its header lines, unquoted and whole. */
  head: readonly string[];
  /** Indices of the lines that a mailer had wrapped. */
  joined: readonly number[];
  /** The file before the patch; undefined for one that the patch makes. */
  oldPath: string | undefined;
  hunks: readonly RawHunk[];
}

/** The depths at which a body holds the start of a diff, the least first. */
export function depthsOf(body: Body): number[] {
  const depths = new Set<number>();
  body.lines.forEach((line, index) => {
    const quote = quoteOfHeader(line);
    if (quote !== undefined && startsFile(body, index, quote)) depths.add(quote.depth);
  });
  return [...depths].toSorted((a, b) => a - b);
}

const extended =
  /^(index |old mode |new mode |new file mode |deleted file mode |similarity index |dissimilarity index |rename (from|to) |copy (from|to) |Binary files )/;
const hunkHeader = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$/;

/** Reads the diff that stands at one depth of quotes. */
export function scan(body: Body, depth: number): { files: RawFile[]; orphans: number[] } {
  const files: (RawFile & { hunks: RawHunk[] })[] = [];
  const orphans: number[] = [];
  let index = 0;
  while (index < body.lines.length) {
    const quote = headerAt(body, index, depth);
    if (quote === undefined) {
      index++;
      continue;
    }
    const file = startsFile(body, index, quote) ? readHead(body, index, quote) : undefined;
    if (file !== undefined) {
      files.push({ ...file.value, hunks: [] });
      index = file.next;
      continue;
    }
    const hunk = readHunkHeader(body, index, quote);
    const current = files.at(-1);
    if (hunk === undefined) index++;
    else {
      if (current === undefined) orphans.push(index);
      else current.hunks.push(hunk);
      index = hunk.to;
    }
  }
  return { files, orphans };
}

function headerAt(body: Body, index: number, depth: number): Quote | undefined {
  const quote = quoteOfHeader(body.lines[index] ?? '');
  return quote?.depth === depth ? quote : undefined;
}

function at(body: Body, index: number, quote: Quote): string | undefined {
  const line = body.lines[index];
  if (line === undefined) return undefined;
  const { depth, text } = unquote(line, quote);
  return depth === quote.depth ? text : undefined;
}

/** `diff --git`, or `--- ` with its `+++ ` below. */
function startsFile(body: Body, index: number, quote: Quote): boolean {
  const text = at(body, index, quote) ?? '';
  if (text.startsWith('diff --git ')) return true;
  const below = (by: number): string => at(body, index + by, quote) ?? '';
  return /^--- \S/.test(text) && below(1).startsWith('+++ ') && /^(@@ -\d|$)/.test(below(2));
}

function readHead(body: Body, start: number, quote: Quote): { value: RawFile; next: number } {
  const head: string[] = [];
  const joined: number[] = [];
  let index = start;
  const text = (by = 0): string => at(body, index + by, quote) ?? '';
  const take = (whole: string, lines: number): void => {
    head.push(whole);
    if (lines > 1) joined.push(index);
    index += lines;
  };
  if (text().startsWith('diff --git ')) {
    const two = `${text().trimEnd()} ${text(1).trim()}`;
    const isWhole = /^diff --git ("?)a\/.+ "?b\/.+/.test(text());
    take(isWhole ? text() : two, isWhole ? 1 : 2);
    index = behindRemark(body, index, quote);
    while (extended.test(text())) {
      take(text(), 1);
      index = behindRemark(body, index, quote);
    }
    if (text() === 'GIT binary patch')
      while (index < body.lines.length && !/^(diff --git |-- ?$)/.test(text())) take(text(), 1);
  }
  for (const mark of ['---', '+++']) {
    index = behindRemark(body, index, quote);
    // A path has no blank: a long one is wrapped behind its mark.
    if (text().trimEnd() === mark && /^([ab]\/|\/dev\/null)/.test(text(1)))
      take(`${mark} ${text(1)}`, 2);
    else if (text().startsWith(`${mark} `)) take(text(), 1);
  }
  const old = head.find((line) => line.startsWith('--- '));
  return { value: { at: start, head, joined, oldPath: pathOf(old), hunks: [] }, next: index };
}

/** Where the header of a file goes on when somebody has written into it; else the same place. */
function behindRemark(body: Body, start: number, quote: Quote): number {
  let index = start;
  while (index < body.lines.length && at(body, index, quote) === undefined) index++;
  const next = at(body, index, quote) ?? '';
  return extended.test(next) || /^(---|\+\+\+)( |$)/.test(next) ? index : start;
}

function pathOf(header: string | undefined): string | undefined {
  const path = (header?.slice(4).split('\t')[0] ?? '').replace(/^"(.*)"$/, '$1').trim();
  return path === '' || path === '/dev/null' ? undefined : path.replace(/^[^/]+\//, '');
}

function readHunkHeader(body: Body, index: number, quote: Quote): RawHunk | undefined {
  const text = at(body, index, quote) ?? '';
  const wrapped = !hunkHeader.test(text);
  const whole = wrapped ? `${text.trimEnd()} ${at(body, index + 1, quote)?.trim() ?? ''}` : text;
  const match = hunkHeader.exec(whole);
  if (match === null) return undefined;
  const [, oldStart, oldCount = '1', newStart, newCount = '1', section = ''] = match;
  const from = index + (wrapped ? 2 : 1);
  let to = from;
  while (to < body.lines.length && !endsHunk(body, to, quote)) to++;
  return {
    at: index,
    quote,
    oldStart: Number(oldStart),
    oldCount: Number(oldCount),
    newStart: Number(newStart),
    newCount: Number(newCount),
    range: whole.slice(0, whole.length - section.length),
    section,
    from,
    to,
  };
}

/** Whether the next file or hunk of the same diff begins here. */
function endsHunk(body: Body, index: number, quote: Quote): boolean {
  const here = headerAt(body, index, quote.depth);
  if (here === undefined) return false;
  return startsFile(body, index, here) || readsAsHunk(at(body, index, here) ?? '');
}

/** A hunk header, perhaps cut by the mailer; `@@ -` in a removed line has its mark before it. */
function readsAsHunk(text: string): boolean {
  return /^@@ -\d+(,\d+)?( |$)/.test(text);
}
