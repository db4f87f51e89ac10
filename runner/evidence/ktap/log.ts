// SPDX-License-Identifier: MIT

/** Log lines that a test keeps: its first ones, which say what was set up, and its last ones, which say how it ended. */
export const HEAD_LINES = 50;
export const TAIL_LINES = 150;
/** Longest log line that a test keeps. */
export const MAX_LOG_LINE = 1000;

/** Gathers the log of one test in bounded memory. */
export class TestLog {
  #head: string[] = [];
  #tail: string[] = [];
  #dropped = 0;

  add(text: string): void {
    const line = shorten(text, MAX_LOG_LINE);
    if (this.#head.length < HEAD_LINES) {
      this.#head.push(line);
      return;
    }
    this.#tail.push(line);
    // Twice the size before trimming, so that each line is moved at most once on average.
    if (this.#tail.length >= 2 * TAIL_LINES) this.#trim();
  }

  /** Hands the lines over and starts afresh. */
  take(): { diagnostics: string[]; diagnosticsDropped: number } {
    this.#trim();
    const diagnostics = this.#tail.length === 0 ? this.#head : [...this.#head, ...this.#tail];
    const diagnosticsDropped = this.#dropped;
    this.#head = [];
    this.#tail = [];
    this.#dropped = 0;
    return { diagnostics, diagnosticsDropped };
  }

  /** Takes over what another log still holds. */
  absorb(other: TestLog): void {
    const { diagnostics, diagnosticsDropped } = other.take();
    for (const line of diagnostics) this.add(line);
    this.#dropped += diagnosticsDropped;
  }

  #trim(): void {
    const excess = this.#tail.length - TAIL_LINES;
    if (excess <= 0) return;
    this.#tail = this.#tail.slice(excess);
    this.#dropped += excess;
  }
}

/** Cuts a text that no honest test prints, and shows that it was cut. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
