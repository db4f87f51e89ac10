// SPDX-License-Identifier: MIT
import { stripVTControlCharacters } from 'node:util';

/** Control characters but newline, and those that reorder or hide text (UAX 9, zero width, tags). */
const unsafe =
  /(?!\n)\p{Cc}|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;
/** Two columns on a terminal: Unicode's East Asian Width W and F, by blocks. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const noWidth = /\p{Mn}|\p{Me}|\u200c|\u200d/u;

/** Text of a guest, a patch or a compiler made safe for a terminal and a mail: no escapes, no control characters but newline. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll('\r\n', '\n')
    .replaceAll('\t', '  ')
    .replace(unsafe, '');
}

/** Like plainText, on one line. */
export function plainLine(text: string): string {
  return plainText(text)
    .replace(/\s*\n\s*/g, ' ')
    .trim();
}

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += noWidth.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}

/** Fills up with spaces; a longer text stays as it is. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Like padEnd, on the left: for numbers. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** Lines of at most `width` columns, broken at spaces where there are any. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/)) {
    for (const part of pieces(word, width)) {
      const longer = line === '' ? part : `${line} ${part}`;
      if (line !== '' && widthOf(longer) > width) {
        lines.push(line);
        line = part;
      } else {
        line = longer;
      }
    }
  }
  return [...lines, line];
}

/** Cuts to a number of columns, and shows that it did. */
export function shorten(text: string, width: number): string {
  return widthOf(text) <= width ? text : `${pieces(text, width - 3)[0] ?? ''}...`;
}

function pieces(word: string, width: number): string[] {
  const found: string[] = [];
  let piece = '';
  let used = 0;
  for (const character of word) {
    const more = widthOf(character);
    if (piece !== '' && used + more > width) {
      found.push(piece);
      piece = '';
      used = 0;
    }
    piece += character;
    used += more;
  }
  return [...found, piece];
}

/** `850 ms`, `12.3 s`, `4 min 05 s`, `1 h 02 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${(ms / 1000).toFixed(1)} s`;
  const two = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${two(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** `1 test`, `2 tests`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
