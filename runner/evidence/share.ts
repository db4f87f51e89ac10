// SPDX-License-Identifier: MIT

/**
 * Keeps one of each value that a long stream says again and again: a test that passes in every
 * cell, the drop reasons of a kernel, the patch. Values are plain data and never changed, so equal
 * ones may be the same; without this, a record of many cells is larger than the streams it is
 * made of.
 */
export class Sharer {
  readonly #strings = new Map<string, string>();
  readonly #others = new Map<string, object>();

  /** An equal value, of parts that others may have, too. */
  share<T>(value: T): T {
    return this.#share(value) as T;
  }

  #share(value: unknown): unknown {
    if (typeof value === 'string') return this.#string(value);
    if (typeof value !== 'object' || value === null) return value;
    const key = JSON.stringify(value);
    // What is long comes seldom again as a whole, and its key would be as long.
    if (key.length > longestKey) return this.#partsOf(value);
    const known = this.#others.get(key);
    if (known !== undefined) return known;
    const shared = this.#partsOf(value);
    this.#others.set(key, shared);
    return shared;
  }

  #partsOf(value: object): object {
    if (Array.isArray(value)) return value.map((it) => this.#share(it));
    return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, this.#share(it)]));
  }

  #string(text: string): string {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    this.#strings.set(text, text);
    return text;
  }
}

const longestKey = 4096;
