// SPDX-License-Identifier: MIT

/** Longest line that is kept, in UTF-16 units; the rest is counted and dropped up to the newline. */
export const MAX_LINE = 65_536;

/** One line as it came, without its newline. */
export interface RawLine {
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
  /** Units beyond {@link MAX_LINE}. */
  readonly dropped: number;
  /** False for the last line of a stream that does not end in a newline. */
  readonly terminated: boolean;
}

/**
 * Cuts a byte stream into lines. UTF-8 sequences and lines may be split over chunks in any way. Time and memory
 * stay linear in the input: a line is gathered in pieces, and pieces beyond the cap are not kept.
 */
export class LineSplitter {
  readonly #onLine: (line: RawLine) => void;
  readonly #decoder = new TextDecoder();
  #pieces: string[] = [];
  #length = 0;
  #dropped = 0;
  #number = 0;

  constructor(onLine: (line: RawLine) => void) {
    this.#onLine = onLine;
  }

  /** Takes the next chunk; every line that it completes is handed out before this returns. */
  push(chunk: Uint8Array | string): void {
    this.#take(
      typeof chunk === 'string'
        ? this.#decoder.decode() + chunk
        : this.#decoder.decode(chunk, { stream: true }),
    );
  }

  /** Hands out an unfinished last line. */
  end(): void {
    this.#take(this.#decoder.decode());
    if (this.#length + this.#dropped > 0) this.#emit(false);
  }

  #take(text: string): void {
    let from = 0;
    for (;;) {
      const newline = text.indexOf('\n', from);
      this.#gather(text, from, newline === -1 ? text.length : newline);
      if (newline === -1) return;
      this.#emit(true);
      from = newline + 1;
    }
  }

  #gather(text: string, from: number, to: number): void {
    const room = Math.max(0, Math.min(to - from, MAX_LINE - this.#length));
    if (room > 0) this.#pieces.push(text.slice(from, from + room));
    this.#length += room;
    this.#dropped += to - from - room;
  }

  #emit(terminated: boolean): void {
    const text = this.#pieces.join('');
    const dropped = this.#dropped;
    this.#pieces = [];
    this.#length = 0;
    this.#dropped = 0;
    this.#number += 1;
    this.#onLine({ text, number: this.#number, dropped, terminated });
  }
}

// ESC sequences: CSI (colours, cursor), OSC (window titles), and the short ones. Then the C0 controls that are left
// (NUL from a serial line, backspace), and the byte order mark.
// oxlint-disable-next-line no-control-regex -- removing control characters is what this is for
const ESCAPES =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[()][0-9A-Za-z]|[ -/]?[0-~])/g;
// oxlint-disable-next-line no-control-regex -- as above
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f\ufeff]/g;

// The prefix that printk() and the console put before a line: `<6>`, `[   12.345678]`, and with CONFIG_PRINTK_CALLER
// `[  T123]` or `[    C0]` (print_time(), print_caller() and print_syslog() in kernel/printk/printk.c). One blank
// belongs to the prefix; what follows is KTAP indentation.
const PRINTK_PREFIX =
  /^(?:\s*(?:<\d{1,3}>)?\[\s*\d+\.\d+\](?:\[\s*[TC]\d+\])? ?|\s*<\d{1,3}>){1,3}/;

/**
 * The text that a line would show: no escape sequences or control characters, no printk prefix. A carriage return
 * inside a line starts over at column 0, so that one line can hold several texts.
 */
export function cleanLine(text: string): string[] {
  const texts: string[] = [];
  const plain = text.includes('\u001b') ? text.replace(ESCAPES, '') : text;
  for (const part of plain.includes('\r') ? plain.split('\r') : [plain]) {
    const clean = part.replace(CONTROLS, '').replace(PRINTK_PREFIX, '').trimEnd();
    if (clean !== '') texts.push(clean);
  }
  return texts;
}

// Inside a line six digits are asked for, as print_time() writes them: `[1.5]` can be part of a test's name.
const PRINTK_INSIDE = /(?:<\d{1,3}>)?\[\s*\d+\.\d{6}\](?:\[\s*[TC]\d+\])?(?: |$)/;

/** Where printk text begins inside a line, or -1: the console does not wait for a program's newline. */
export function printkInside(text: string): number {
  if (!text.includes(']')) return -1;
  const at = text.search(PRINTK_INSIDE);
  return at > 0 ? at : -1;
}
