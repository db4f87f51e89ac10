// SPDX-License-Identifier: MIT

/** How the lines of a quoted patch begin. */
export interface Quote {
  /** Quote marks before each line. */
  depth: number;
  /** A blank follows the last mark (`> +x`), or none does (`>+x`). */
  spaced: boolean;
}

/** A quote mark, with the initials that some mailers put before it. */
const marks = /^(?:[ \t]{0,2}[A-Za-z]{0,3}[>|])*/;
const oneMark = /^[ \t]{0,2}[A-Za-z]{0,3}[>|]/;
const headers = /^(?:diff --git |--- |\+\+\+ |@@ -\d|Index: )/;

/** The quote of a line that begins a diff, a file or a hunk; undefined for every other line. */
export function quoteOfHeader(line: string): Quote | undefined {
  const before = marks.exec(line)?.[0] ?? '';
  const rest = line.slice(before.length);
  const depth = before.replaceAll(/[^>|]/g, '').length;
  if (headers.test(rest)) return { depth, spaced: false };
  if (depth > 0 && rest.startsWith(' ') && headers.test(rest.slice(1)))
    return { depth, spaced: true };
  return undefined;
}

/** Takes the marks of a quote off; `depth` is how many of them the line had. */
export function unquote(line: string, quote: Quote): { depth: number; text: string } {
  let text = line;
  let depth = 0;
  while (depth < quote.depth) {
    const mark = oneMark.exec(text);
    if (mark === null) break;
    text = text.slice(mark[0].length);
    depth++;
  }
  // Marks are also set apart by a blank; after the last one it counts only where the quote has it.
  const blank = depth === quote.depth ? quote.spaced : depth > 0;
  if (blank && text.startsWith(' ')) text = text.slice(1);
  return { depth, text };
}
