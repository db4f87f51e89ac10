// SPDX-License-Identifier: MIT
import type { Level } from './level.ts';
import { isFresh } from './level.ts';
import type { KtapEvent, ProblemCode } from './model.ts';
import type { ProblemList } from './problems.ts';
import type { GrowingTree } from './tree.ts';

// ktap.rst ("Version lines").
const KNOWN_VERSIONS = new Set(['KTAP version 1', 'TAP version 13', 'TAP version 14']);

/** Takes the lines that open a level: version, plan and `# Subtest:`. */
export class HeaderReader {
  readonly #tree: GrowingTree;
  readonly #problems: ProblemList;
  readonly #emit: (event: KtapEvent) => void;

  constructor(tree: GrowingTree, problems: ProblemList, emit: (event: KtapEvent) => void) {
    this.#tree = tree;
    this.#problems = problems;
    this.#emit = emit;
  }

  /** A version line. One that is not the first at its level begins another run of tests (two targets in one log). */
  version(column: number, label: string): void {
    const level = this.#enter(column);
    if (level === null) return;
    if (!KNOWN_VERSIONS.has(label)) this.#problem('unknown-version', `unknown: ${label}`);
    if (!isFresh(level)) {
      this.#problem('second-header', 'a second version line: read as another run of tests');
      this.#tree.nextBlock(level);
    }
    level.block.header = true;
  }

  /** A plan line; TAP allows it behind the results as well. */
  plan(column: number, planned: number, skip: string | null): void {
    const level = this.#enter(column);
    if (level === null) return;
    const { block } = level;
    const trailing = block.count === planned && level.inFlight === null;
    if (block.planned !== null || (block.count > 0 && !trailing)) {
      this.#problem('second-header', 'a second plan: read as another run of tests');
      this.#tree.nextBlock(level);
    }
    level.block.planned = planned;
    this.#emit({ type: 'plan', planned, ...this.#tree.place(level) });
    if (skip !== null) this.#problem('skip-all', `all tests are skipped: ${skip}`);
    else if (planned === 0) this.#problem('empty-plan', 'a plan for no tests');
  }

  /** KUnit prints `# Subtest:` inside the subtests' level, naming their parent; TAP 14 prints it before that level. */
  subtest(column: number, name: string): void {
    const start = (level: Level) => {
      this.#tree.start(level, { name, source: 'subtest', line: this.#tree.line });
    };
    this.#tree.closeBeyond(column, { kind: 'superseded' });
    const level = this.#tree.at(column);
    const outer = level === undefined ? this.#tree.top() : this.#tree.parentOf(level);
    const { block, inFlight } = level ?? {};
    const inside =
      block === undefined || (block.planned === null && block.count === 0 && !inFlight);
    if (outer === undefined || !inside || outer.inFlight?.source === 'subtest') {
      const here = level ?? this.#tree.open(column);
      // Without anything around it, an indented one is the inside of a log whose beginning is lost.
      if (here !== null && (outer !== undefined || level !== undefined || column === 0))
        start(here);
      return;
    }
    if (outer.inFlight === null || outer.inFlight.name === null) {
      outer.inFlight = null;
      start(outer);
    }
    if (level === undefined) this.#tree.open(column);
  }

  // The level for a header line, opened when it is new.
  #enter(column: number): Level | null {
    this.#tree.closeBeyond(column, { kind: 'superseded' });
    return this.#tree.at(column) ?? this.#tree.open(column);
  }

  #problem(code: ProblemCode, message: string): void {
    this.#problems.add(this.#tree.line, code, message);
  }
}
