// SPDX-License-Identifier: MIT
import { runsOf } from './explain.ts';
import { applyHunks, oldSide } from './mail/locate.ts';
import type { Target } from './mail/model.ts';
import type { Diff, Hunk } from './parse.ts';

/** A patch whose contexts are the target's. */
export interface Loosened {
  text: string;
  /** One line for each hunk that was found with less context. */
  details: readonly string[];
}

/** Where a hunk belongs once some of its outer context is left out. */
interface Place {
  /** First line of what is left of its old side, as an index into the target. */
  start: number;
  end: number;
  /** Context lines left out before and after. */
  front: number;
  back: number;
}

const mostContext = 3;

/**
 * Finds the hunks of a patch with less context, as `patch --fuzz` does, but only where what is
 * left stands at one place of the file (or the choice is inside one comment): lines that the patch
 * removes always have to be there.
 * Yields the patch with the target's own lines around its changes; undefined when a hunk fits
 * nowhere, or at several places. PURE.
 */
export function loosen(diff: Diff, target: Target): Loosened | undefined {
  const lines = diff.text.split('\n');
  const changed = new Map<string, readonly string[]>();
  const details: string[] = [];
  // From the end, so that line numbers of what is still to come stay true.
  const edits: { at: number; count: number; lines: readonly string[] }[] = [];
  for (const hunks of runsOf(diff.hunks)) {
    const path = hunks[0]?.path ?? '';
    if (hunks[0]?.oldStart === 0) {
      if ((changed.get(path) ?? target(path)) !== undefined) return undefined;
      changed.set(path, applyHunks([''], hunks) ?? []);
      continue;
    }
    const file = changed.get(path) ?? target(path);
    const places = file === undefined ? undefined : placeAll(file, hunks);
    if (file === undefined || places === undefined) return undefined;
    const fresh = rewrite(file, hunks, places);
    for (const [index, hunk] of hunks.entries()) {
      const place = places[index];
      const made = fresh[index];
      if (place === undefined || made === undefined) return undefined;
      const section = /^@@ [^@]+ @@(.*)$/.exec(lines[hunk.patchLine - 1] ?? '')?.[1] ?? '';
      edits.push({
        at: hunk.patchLine - 1,
        count: hunk.lines.length + 1,
        lines: [made.header + section, ...made.lines],
      });
      if (place.front + place.back > 0)
        details.push(
          `${path}:${place.start + 1}: hunk ${index + 1} without ${leftOut(place)} of its context`,
        );
    }
    const after = applyHunks(file, fresh);
    if (after === undefined) return undefined;
    changed.set(path, after);
  }
  for (const { at, count, lines: made } of edits.reverse()) lines.splice(at, count, ...made);
  return { text: lines.join('\n'), details };
}

function leftOut({ front, back }: Place): string {
  const parts = [front > 0 ? `the first ${front}` : '', back > 0 ? `the last ${back}` : ''];
  const many = front + back === 1 ? 'line' : 'lines';
  return `${parts.filter((part) => part !== '').join(' and ')} ${many}`;
}

function placeAll(file: readonly string[], hunks: readonly Hunk[]): Place[] | undefined {
  const places: Place[] = [];
  let shift = 0;
  for (const hunk of hunks) {
    const place = placeOne(file, hunk, places.at(-1)?.end ?? 0, shift);
    if (place === undefined) return undefined;
    places.push(place);
    shift = place.start - place.front - (hunk.oldStart - 1);
  }
  return places;
}

function placeOne(
  file: readonly string[],
  hunk: Hunk,
  free: number,
  shift: number,
): Place | undefined {
  const old = oldSide(hunk);
  const marks = hunk.lines.map((line) => line[0] ?? ' ').filter((mark) => mark !== '\\');
  const lead = marks.findIndex((mark) => mark !== ' ');
  const trail = marks.length - 1 - marks.findLastIndex((mark) => mark !== ' ');
  const wanted = hunk.oldStart - 1 + shift;
  const whole = startsOf(file, old, free).toSorted(
    (a, b) => Math.abs(a - wanted) - Math.abs(b - wanted),
  )[0];
  if (whole !== undefined) return { start: whole, end: whole + old.length, front: 0, back: 0 };
  for (let drop = 1; drop < lead + trail; drop++) {
    const found: Place[] = [];
    for (let front = 0; front <= Math.min(drop, lead, mostContext); front++) {
      const back = drop - front;
      if (back > Math.min(trail, mostContext)) continue;
      const part = old.slice(front, old.length - back);
      if (part.length < 3 || !part.some((line) => /\w/.test(line))) continue;
      for (const start of startsOf(file, part, free))
        found.push({ start, end: start + part.length, front, back });
    }
    const [first] = found;
    if (first === undefined) continue;
    const isOne = found.every(({ start, front }) => start - front === first.start - first.front);
    return isOne || isOnlyComment(file, hunk, found) ? first : undefined;
  }
  return undefined;
}

/** Whether it is all the same to the compiler at which of several places close by the hunk goes in. */
function isOnlyComment(file: readonly string[], hunk: Hunk, places: readonly Place[]): boolean {
  const from = Math.min(...places.map(({ start }) => start));
  const to = Math.max(...places.map(({ end }) => end));
  const changed = hunk.lines.filter((line) => /^[+-]/.test(line)).map((line) => line.slice(1));
  return to - from <= 4 * mostContext && [...changed, ...file.slice(from, to)].every(isComment);
}

/** A line inside of a comment, a whole comment, or nothing. */
function isComment(line: string): boolean {
  return /^\s*(\*(\s|\/|$)|\/\/|\/\*.*\*\/\s*$|$)/.test(line);
}

function startsOf(file: readonly string[], part: readonly string[], free: number): number[] {
  const starts: number[] = [];
  for (let start = free; start + part.length <= file.length; start++)
    if (part.every((line, index) => file[start + index] === line)) starts.push(start);
  return starts;
}

/** The hunks with the file's own lines as context, none of them in two hunks. */
function rewrite(
  file: readonly string[],
  hunks: readonly Hunk[],
  places: readonly Place[],
): (Hunk & { header: string })[] {
  let used = 0;
  let grown = 0;
  return hunks.map((hunk, index) => {
    const place = places[index] ?? { start: 0, end: 0, front: 0, back: 0 };
    const next = places[index + 1]?.start ?? file.length;
    // The empty string behind the last newline is no line.
    const last = file.at(-1) === '' ? file.length - 1 : file.length;
    const kept = hunk.lines.slice(place.front, hunk.lines.length - place.back);
    const from = Math.max(used, place.start - place.front);
    const to = Math.min(next, last, place.end + place.back);
    const context = (a: number, b: number): string[] => file.slice(a, b).map((line) => ` ${line}`);
    const lines = [
      ...context(from, place.start),
      ...kept,
      ...context(place.end, Math.max(to, place.end)),
    ];
    used = Math.max(to, place.end);
    const count = (marks: string): number =>
      lines.filter((line) => marks.includes(line[0] ?? ' ')).length;
    const [old, fresh] = [count(' -'), count(' +')];
    const header = `@@ -${from + 1},${old} +${from + 1 + grown},${fresh} @@`;
    grown += fresh - old;
    return { ...hunk, oldStart: from + 1, lines, header };
  });
}
