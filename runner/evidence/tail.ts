// SPDX-License-Identifier: MIT

const mostLines = 60;
const mostColumns = 240;

/** Keeps the last lines of a text that comes in chunks, each cut to a sane length: enough to see how a console ended. */
export class LineTail {
  #lines: string[] = [];
  #open = '';

  push(chunk: string): void {
    const lines = (this.#open + chunk).split(/\r*\n/);
    // A guest may write megabytes without a newline; what is cut off later need not be kept.
    this.#open = (lines.pop() ?? '').slice(0, mostColumns);
    this.#lines = [...this.#lines, ...lines.slice(-mostLines)].slice(-mostLines).map(cut);
  }

  end(): string[] {
    const last = this.#open.trimEnd();
    return (last === '' ? this.#lines : [...this.#lines, cut(last)]).slice(-mostLines);
  }
}

function cut(line: string): string {
  return line.slice(0, mostColumns);
}
