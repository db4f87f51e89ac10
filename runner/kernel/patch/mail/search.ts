// SPDX-License-Identifier: MIT
import { bare } from './model.ts';
import { costs, isTail, joinCost, skipCost } from './costs.ts';
import type { Seen } from './costs.ts';
import type { HunkLine } from './model.ts';

/** One way to read a hunk. */
export interface Reading {
  lines: readonly HunkLine[];
  cost: number;
  /** Indices of lines at the patch's depth that were left out. */
  skipped: readonly number[];
  /** Indices of the lines that are the rest of the header's. */
  section: readonly number[];
  /** Where the lines after the hunk begin, as an index into what was searched. */
  end: number;
}

interface State {
  at: number;
  old: number;
  fresh: number;
  /** How far the target's lines are ahead of the hunk's. */
  drift: number;
  cost: number;
  before: State | null;
  line: HunkLine | null;
  skipped: number | null;
  /** A line that is the rest of the hunk's header. */
  section: number | null;
}

/** Readings this close to the best one are as good as it. */
const margin = 2;
const mostStates = 400_000;
const mostJoined = 4;

/**
 * Finds the cheapest way to read lines as a hunk with these counts; with the target's lines, the
 * way that agrees with them. Yields the best reading first, then those as good that say something
 * else in a `+` or `-` line; none when the counts cannot be met. PURE.
 *
 * @param seen the hunk's header, then the lines below it
 * @param expected the target's line for the n-th old line, if the target is known
 */
export function searchHunk(
  seen: readonly Seen[],
  oldCount: number,
  newCount: number,
  expected?: (old: number) => string | undefined,
): Reading[] {
  // Costs are multiples of one half; within a bucket the latest goes first, straight to the end.
  const buckets: State[][] = [];
  const push = (state: State): void => {
    const bucket = (buckets[state.cost * 2] ??= []);
    bucket.push(state);
  };
  const visits = new Map<string, number>();
  const readings: Reading[] = [];
  const contents = new Set<string>();
  push({
    at: 1,
    old: 0,
    fresh: 0,
    drift: 0,
    cost: 0,
    before: null,
    line: null,
    skipped: null,
    section: null,
  });
  let states = 0;
  for (let level = 0; level < buckets.length; level++) {
    for (let state = buckets[level]?.pop(); state !== undefined; state = buckets[level]?.pop()) {
      const best = readings[0];
      if (best !== undefined && (best.cost === 0 || state.cost > best.cost + margin))
        return readings;
      if (++states > mostStates) return readings;
      if (state.at === -1) {
        const reading = collect(state, seen);
        const content = contentOf(reading, expected === undefined);
        if (!contents.has(content)) readings.push(reading);
        contents.add(content);
        continue;
      }
      // Two ways to the same point are kept, so that a second opinion can be had.
      const key = `${state.at},${state.old},${state.fresh},${state.drift}`;
      const count = visits.get(key) ?? 0;
      visits.set(key, count + 1);
      if (count > 1) continue;
      for (const next of steps(state, seen, oldCount, newCount, expected)) push(next);
    }
  }
  return readings;
}

function* steps(
  state: State,
  seen: readonly Seen[],
  oldCount: number,
  newCount: number,
  expected?: (old: number) => string | undefined,
): Generator<State> {
  const { at, old, fresh } = state;
  const here = seen[at];
  const step = (change: Partial<State>, cost: number): State => ({
    ...state,
    before: state,
    line: null,
    skipped: null,
    section: null,
    ...change,
    cost: state.cost + cost,
  });
  if (old === oldCount && fresh === newCount && !isNoNewline(here)) {
    const cut = here !== undefined && isTail(seen[at - 1], here) ? costs.cutOff : 0;
    yield step({ at: -1 }, cut);
    return;
  }
  if (here === undefined) return;
  yield step({ at: at + 1, skipped: at }, skipCost(seen, at));
  const before = seen[at - 1];
  // Before its first line a hunk may still be at its header.
  if (old + fresh === 0 && before !== undefined && here.inQuote && here.text.trim() !== '')
    yield step({ at: at + 1, section: at }, joinCost(before, here));
  if (!here.inQuote) return;
  if (isNoNewline(here)) {
    yield step({ at: at + 1, line: { mark: '\\', text: here.text.slice(1), from: [at] } }, 0);
    return;
  }
  const marked = splitMark(here.text);
  let { text } = marked;
  let cost = marked.cost;
  const from = [at];
  for (let more = 0; more <= mostJoined; more++) {
    if (more > 0) {
      const previous = seen[at + more - 1];
      const next = seen[at + more];
      if (previous === undefined || next === undefined || text === '') break;
      if (next.text.trim() === '' || isNoNewline(next)) break;
      cost += joinCost(previous, next);
      text = join(text, next.text);
      from.push(at + more);
    }
    const counts = {
      at: at + more + 1,
      old: old + (marked.mark === '+' ? 0 : 1),
      fresh: fresh + (marked.mark === '-' ? 0 : 1),
      line: { mark: marked.mark, text, from: [...from] } as HunkLine,
    };
    if (counts.old > oldCount || counts.fresh > newCount) break;
    if (marked.mark === '+' || expected === undefined) {
      yield step(counts, cost);
      continue;
    }
    for (const drift of driftsAround(state.drift)) {
      const target = expected(old + drift);
      const moved = drift === state.drift ? 0 : costs.drift + Math.abs(drift - state.drift);
      if (target !== undefined && isSame(text, target))
        yield step({ ...counts, drift, line: { ...counts.line, target } }, cost + moved);
      else if (moved === 0) yield step(counts, cost + costs.differs);
    }
  }
}

function driftsAround(drift: number): number[] {
  return [0, 1, -1, 2, -2, 3, -3].map((by) => drift + by);
}

/** The mark of a hunk's line; one without any has lost the blank of a context line. */
function splitMark(text: string): { mark: ' ' | '+' | '-'; text: string; cost: number } {
  if (text.trim() === '') return { mark: ' ', text: '', cost: 0 };
  const mark = text[0];
  if (mark === ' ' || mark === '+' || mark === '-') return { mark, text: text.slice(1), cost: 0 };
  // Some programs show a no-break blank in the place of a blank.
  if (mark === '\u00a0') return { mark: ' ', text: text.slice(1), cost: 0 };
  return { mark: ' ', text, cost: mark === '\t' ? costs.tabWithoutBlank : costs.lostBlank };
}

/** A mailer wraps at a blank and keeps it, or not. */
function join(left: string, right: string): string {
  return left.endsWith(' ') || right.startsWith(' ') ? left + right : `${left} ${right}`;
}

function isNoNewline(line: Seen | undefined): boolean {
  return line?.inQuote === true && line.text.startsWith('\\ ');
}

/** Equal but for white space, and for addresses that an archive has hidden. */
export function isSame(text: string, target: string): boolean {
  const given = bare(text);
  const wanted = bare(target);
  if (given === wanted) return true;
  const parts = given.split(/\[email(?:protected|hidden)\]|<hidden>/);
  if (parts.length === 1) return false;
  return new RegExp(`^${parts.map(literal).join('<?[^<>]+@[^<>]+>?')}$`).test(wanted);
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

function collect(last: State, seen: readonly Seen[]): Reading {
  const lines: HunkLine[] = [];
  const skipped: number[] = [];
  const section: number[] = [];
  const indexOf = (at: number): number => seen[at]?.index ?? -1;
  for (let state: State | null = last; state !== null; state = state.before) {
    if (state.line !== null) lines.push({ ...state.line, from: state.line.from.map(indexOf) });
    if (state.skipped !== null && seen[state.skipped]?.inQuote === true)
      skipped.push(indexOf(state.skipped));
    if (state.section !== null) section.push(indexOf(state.section));
  }
  return {
    lines: lines.reverse(),
    cost: last.cost,
    section: section.reverse(),
    skipped: skipped.reverse(),
    end: last.before?.at ?? 0,
  };
}

/** What tells two readings apart; with a target the context is checked against that anyway. */
function contentOf({ lines }: Reading, withContext: boolean): string {
  return lines
    .filter(({ mark }) => withContext || mark === '+' || mark === '-')
    .map(({ mark, text }) => mark + bare(text))
    .join('\n');
}
