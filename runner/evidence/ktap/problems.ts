// SPDX-License-Identifier: MIT
import type { KtapProblem, ProblemCode } from './model.ts';

/** Problems of one code that are kept; the rest is counted. Every code that occurs is always there. */
export const MAX_PER_CODE = 50;

/** Gathers problems in bounded memory. */
export class ProblemList {
  readonly #onProblem: (problem: KtapProblem) => void;
  readonly #kept: KtapProblem[] = [];
  readonly #seen = new Map<ProblemCode, number>();

  constructor(onProblem: (problem: KtapProblem) => void) {
    this.#onProblem = onProblem;
  }

  add(line: number, code: ProblemCode, message: string): void {
    const seen = (this.#seen.get(code) ?? 0) + 1;
    this.#seen.set(code, seen);
    if (seen > MAX_PER_CODE) return;
    const problem = { line, code, message };
    this.#kept.push(problem);
    this.#onProblem(problem);
  }

  /** All that was kept, in the order of the log, and a note for each code that was cut. */
  finish(line: number): KtapProblem[] {
    for (const [code, seen] of this.#seen) {
      if (seen > MAX_PER_CODE) {
        const message = `${String(seen - MAX_PER_CODE)} more of ${code}`;
        this.#kept.push({ line, code: 'problems-dropped', message });
      }
    }
    return this.#kept.sort((a, b) => a.line - b.line);
  }
}
