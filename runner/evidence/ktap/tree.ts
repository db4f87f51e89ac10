// SPDX-License-Identifier: MIT
import type { Block, Draft, InFlight, Level } from './level.ts';
import { addPlans, isComplete, newBlock, newLevel, ordinalName } from './level.ts';
import { shorten } from './log.ts';
import type { KtapEvent, KtapPlace, Outcome } from './model.ts';
import { isFailing } from './model.ts';
import type { ProblemList } from './problems.ts';

/** Deepest nesting; deeper levels are refused, so that every walk over the tree may recurse. */
export const MAX_DEPTH = 32;
/** Most tests in one report. */
export const MAX_TESTS = 100_000;
/** Most tests of a report that are listed one by one as not run; the problems tell the true number. */
export const MAX_NOT_RUN = 10_000;
const MAX_NAME = 1000;

/** Why a level closes: its parent's result came, something else took its place, or the stream ended. */
export type Ending =
  | { readonly kind: 'result'; readonly outcome: Outcome }
  | { readonly kind: 'superseded' }
  | { readonly kind: 'end'; readonly inFlight: 'crashed' | 'timeout' };

/** What a new test is made of, besides what its level holds for it. */
export interface NewTest {
  readonly name: string;
  readonly id: number | null;
  readonly outcome: Outcome;
  readonly directive: string | null;
  readonly line: number;
}

/** The growing tree: a stack of open levels, each inside the test in flight of the one before. */
export class GrowingTree {
  /** Line that is being read. */
  line = 0;
  /** Results that were printed, as opposed to tests made up for a plan. */
  results = 0;
  readonly #levels: Level[] = [];
  readonly #roots: Draft[] = [];
  readonly #emit: (event: KtapEvent) => void;
  readonly #problems: ProblemList;
  #tests = 0;
  #notRun = 0;

  constructor(emit: (event: KtapEvent) => void, problems: ProblemList) {
    this.#emit = emit;
    this.#problems = problems;
  }

  /** The innermost open level. */
  top(): Level | undefined {
    return this.#levels.at(-1);
  }

  /** The open level at exactly this column. */
  at(column: number): Level | undefined {
    return this.#levels.find((level) => level.column === column);
  }

  /** The level that this one lies in. */
  parentOf(level: Level): Level | undefined {
    return this.#levels[this.#levels.indexOf(level) - 1];
  }

  /** Names of the tests in flight, outermost first. */
  inFlight(): string[] {
    return this.#levels.flatMap((level) => level.inFlight?.name ?? []);
  }

  /** Where an event at this level happened. */
  place(level: Level | undefined): KtapPlace {
    const depth = level === undefined ? 0 : this.#levels.indexOf(level);
    const parents = this.#levels.slice(0, depth).map((outer) => outer.inFlight?.name ?? null);
    return { line: this.line, parents };
  }

  /**
   * The level for a log line: a comment belongs to the level at its column or the next one out, any other text to
   * the innermost level that still expects something, and so to the test in flight.
   */
  logLevel(column: number | null): Level | undefined {
    const { length } = this.#levels;
    for (let depth = length - 1; depth >= 0; depth -= 1) {
      const level = this.#levels[depth];
      if (level === undefined) break;
      if (column === null ? !isComplete(level) : level.column <= column) return level;
    }
    return this.top();
  }

  /** Opens a level inside the innermost one; null when it would be too deep. */
  open(column: number): Level | null {
    if (this.#levels.length >= MAX_DEPTH) {
      const message = `nested deeper than ${String(MAX_DEPTH)} levels; what is below is not read`;
      this.#problems.add(this.line, 'too-deep', message);
      return null;
    }
    const outer = this.top();
    if (outer !== undefined) {
      outer.inFlight ??= { name: null, source: 'opened', line: this.line };
    }
    const level = newLevel(column, this.line);
    this.#levels.push(level);
    return level;
  }

  /** Closes every level beyond this column. */
  closeBeyond(column: number, ending: Ending): void {
    for (let level = this.top(); level !== undefined && level.column > column; level = this.top()) {
      this.finishBlock(level, ending);
      this.#levels.pop();
      const outer = this.top();
      if (outer === undefined) {
        for (const node of level.nodes) this.#roots.push(node);
        continue;
      }
      const planned = addPlans(level.plannedBefore, level.block.planned);
      outer.childrenPlanned =
        outer.children.length === 0 ? planned : addPlans(outer.childrenPlanned, planned);
      for (const node of level.nodes) outer.children.push(node);
      outer.log.absorb(level.log);
    }
  }

  /** Closes everything and hands over the tests of the outermost level. */
  finish(inFlight: 'crashed' | 'timeout'): Draft[] {
    this.closeBeyond(-1, { kind: 'end', inFlight });
    return this.#roots;
  }

  /** Ends the block of this level and begins the next one. */
  nextBlock(level: Level): void {
    this.finishBlock(level, { kind: 'superseded' });
    level.plannedBefore = addPlans(level.plannedBefore, level.block.planned);
    level.block = newBlock(this.line);
  }

  /** Marks a test as in flight; one that was in flight before has then ended without a result. */
  start(level: Level, inFlight: InFlight): void {
    this.#abandon(level, 'crashed');
    level.inFlight = inFlight;
    if (inFlight.name !== null) {
      this.#emit({ type: 'test-started', name: inFlight.name, ...this.place(level) });
    }
  }

  /** Adds a test with the subtests and the log that the level holds for it. */
  add(level: Level, test: NewTest): void {
    const { children, childrenPlanned } = level;
    level.children = [];
    level.childrenPlanned = null;
    const failedBelow = children.some((child) => child.failing);
    const { block } = level;
    block.count += 1;
    block.outcomes[test.outcome] = (block.outcomes[test.outcome] ?? 0) + 1;
    this.#tests += 1;
    const log = level.log.take();
    if (this.#tests > MAX_TESTS) {
      const message = `more than ${String(MAX_TESTS)} tests; the rest is not listed`;
      if (this.#tests === MAX_TESTS + 1) this.#problems.add(this.line, 'too-many-tests', message);
      return;
    }
    const failing = isFailing(test.outcome);
    if (failedBelow && !failing) {
      const message = `${test.name}: reported as ${test.outcome}, but a subtest failed`;
      this.#problems.add(test.line, 'parent-hides-failure', message);
    }
    const name = shorten(test.name, MAX_NAME);
    const directive = test.directive === null ? null : shorten(test.directive, MAX_NAME);
    const planned = children.length === 0 ? null : childrenPlanned;
    level.nodes.push({
      ...test,
      ...log,
      name,
      directive,
      planned,
      children,
      failing: failing || failedBelow,
    });
    this.#emit({
      type: 'result',
      name,
      id: test.id,
      outcome: test.outcome,
      directive,
      ...this.place(level),
    });
  }

  /** Settles what a block still owes: the test in flight, and the rest of its plan. */
  finishBlock(level: Level, ending: Ending): void {
    const { block } = level;
    const wasInFlight = level.inFlight !== null;
    this.#abandon(level, endingOutcome(block, ending));
    const { planned, count } = block;
    if (planned === null) {
      if (count > 0)
        this.#problems.add(block.line, 'no-plan', 'no plan: a lost test would not show');
      return;
    }
    if (count > planned) {
      const message = `${String(planned)} tests were planned, ${String(count)} reported`;
      this.#problems.add(block.line, 'plan-exceeded', message);
    }
    if (count >= planned) return;
    const message = `${String(planned)} tests were planned, ${String(planned - count)} of them did not run`;
    // ksft_exit_skip() in kselftest.h: tests misuse it after a plan was printed. The program as a whole is skipped then.
    if (ending.kind === 'result' && ending.outcome === 'skip' && !wasInFlight) {
      this.#problems.add(this.line, 'plan-cut-by-skip', message);
      return;
    }
    this.#problems.add(this.line, 'plan-unfulfilled', message);
    // The stream broke off: then the next test of the plan was the one that was running.
    if (ending.kind === 'end' && !wasInFlight && !block.finished && block.bail === null) {
      this.#addMissing(level, ending.inFlight);
    }
    for (; block.count < planned && this.#notRun < MAX_NOT_RUN; this.#notRun += 1) {
      this.#addMissing(level, 'notRun');
    }
  }

  #addMissing(level: Level, outcome: Outcome): void {
    const name = ordinalName(level);
    this.add(level, { name, id: null, outcome, directive: null, line: this.line });
  }

  #abandon(level: Level, outcome: Outcome): void {
    const { inFlight, block } = level;
    if (inFlight === null) return;
    level.inFlight = null;
    const name = inFlight.name ?? ordinalName(level);
    this.#problems.add(inFlight.line, 'no-result', `${name}: started, and has no result`);
    this.add(level, { name, id: null, outcome, directive: block.bail, line: inFlight.line });
  }
}

// A test starts as crashed. It is a timeout where the runner says so of the parent, or the caller of the stream; and an
// error where the program itself gave up.
function endingOutcome(block: Block, ending: Ending): Outcome {
  if (block.bail !== null) return 'error';
  if (ending.kind === 'end') return ending.inFlight;
  return ending.kind === 'result' && ending.outcome === 'timeout' ? 'timeout' : 'crashed';
}
