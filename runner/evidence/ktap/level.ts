// SPDX-License-Identifier: MIT
import { TestLog } from './log.ts';
import type { KtapNode, Outcome } from './model.ts';
import { PATH_SEPARATOR } from './model.ts';

/** A test while the tree still grows: the path is given when all names are known. */
export interface Draft extends Omit<KtapNode, 'path' | 'children'> {
  readonly children: readonly Draft[];
  /** This test or one below it failed. */
  readonly failing: boolean;
}

/** A test that began and has no result yet. */
export interface InFlight {
  readonly name: string | null;
  /** What told of it: `#  RUN`, runner.sh's header line, `# Subtest:`, or subtests that were opened without a name. */
  readonly source: 'run' | 'header' | 'subtest' | 'opened';
  readonly line: number;
}

/** One header with its plan and results. A level holds several when several programs print at the same depth. */
export interface Block {
  /** A version line began it. */
  header: boolean;
  planned: number | null;
  count: number;
  /** Outcomes of this block alone, to hold against its `# Totals:`. */
  readonly outcomes: Partial<Record<Outcome, number>>;
  /** Totals were printed: the program came to its own end. */
  finished: boolean;
  bail: string | null;
  readonly line: number;
}

/** One open depth of nesting. */
export interface Level {
  readonly column: number;
  readonly nodes: Draft[];
  /** Plans of the finished blocks together; null once one had none. */
  plannedBefore: number | null;
  block: Block;
  inFlight: InFlight | null;
  /** Subtests of the test in flight, from levels below that were closed already. */
  children: Draft[];
  childrenPlanned: number | null;
  readonly log: TestLog;
}

/** A level that has just been opened. */
export function newLevel(column: number, line: number): Level {
  return {
    column,
    nodes: [],
    plannedBefore: 0,
    block: newBlock(line),
    inFlight: null,
    children: [],
    childrenPlanned: null,
    log: new TestLog(),
  };
}

/** A block without header, plan or result. */
export function newBlock(line: number): Block {
  return {
    header: false,
    planned: null,
    count: 0,
    outcomes: {},
    finished: false,
    bail: null,
    line,
  };
}

/** Nothing was said in this block yet. */
export function isFresh(level: Level): boolean {
  const { block } = level;
  return !block.header && block.planned === null && block.count === 0 && level.inFlight === null;
}

/** All that this block promised was said: log text that follows belongs to a test further out. */
export function isComplete(level: Level): boolean {
  const { planned, count, finished, bail } = level.block;
  return level.inFlight === null && (finished || bail !== null || count === planned);
}

/** Two plans at one level; null when either is unknown. */
export function addPlans(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

/** The name of a test that has none: its place in the block. */
export function ordinalName(level: Level): string {
  return `(test ${String(level.block.count + 1)})`;
}

/**
 * Gives every test its path. Equal names under one parent are told apart by order, as `name (2)`; so is the rare path
 * that is spelt like another one because a name holds the separator.
 */
export function finishTree(drafts: readonly Draft[]): KtapNode[] {
  const taken = new Set<string>();
  const last = new Map<string, number>();
  const unique = (path: string): string => {
    let candidate = path;
    let n = last.get(path) ?? 1;
    while (taken.has(candidate)) {
      n += 1;
      candidate = `${path} (${String(n)})`;
    }
    last.set(path, n);
    taken.add(candidate);
    return candidate;
  };
  const finish = (draft: Draft, prefix: string): KtapNode => {
    const path = unique(prefix + draft.name);
    const { failing: _, children, ...facts } = draft;
    const below = path + PATH_SEPARATOR;
    return { ...facts, path, children: children.map((child) => finish(child, below)) };
  };
  return drafts.map((draft) => finish(draft, ''));
}
