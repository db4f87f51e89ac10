// SPDX-License-Identifier: MIT

/** Panics and what leads to them; the tests' own splats are judged elsewhere. */
const panic = /Kernel panic - not syncing/;
const oops = /\b(?:BUG: |Oops: |general protection fault|kernel BUG at|Unable to handle kernel)/;
const context = 40;

/** Watches the console for the kernel's death. */
export class ConsoleWatch {
  readonly #recent: string[] = [];
  #from = 0;
  #panic = false;

  /** Takes a line; true when the kernel has panicked, now or before. */
  push(line: string): boolean {
    const text = line.replaceAll('\r', '');
    if (!this.#panic && this.#recent.length > context) {
      this.#recent.shift();
      this.#from = Math.max(0, this.#from - 1);
    }
    if (this.#recent.length < 2 * context) this.#recent.push(text);
    if (!this.#panic) {
      // The trace starts at the first oops shown; without one, at the panic itself.
      if (oops.test(text) && !this.#recent.slice(this.#from, -1).some((it) => oops.test(it)))
        this.#from = this.#recent.length - 1;
      if (panic.test(text)) {
        this.#panic = true;
        if (!this.#recent.slice(this.#from).some((it) => oops.test(it)))
          this.#from = this.#recent.length - 1;
      }
    }
    return this.#panic;
  }

  get panicked(): boolean {
    return this.#panic;
  }

  /** The panic with what led to it, or the last lines of the console. */
  evidence(): string[] {
    return this.#panic ? this.#recent.slice(this.#from) : this.#recent.slice(-12);
  }
}
