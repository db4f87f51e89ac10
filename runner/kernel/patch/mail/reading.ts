// SPDX-License-Identifier: MIT
import { PatchproofError } from '../../../errors.ts';
import { indentOf } from './expansion.ts';
import { readHunk } from './hunk.ts';
import type { ReadHunk } from './hunk.ts';
import { bare, placeOf } from './model.ts';
import type { Body, Doubt, HunkLine, Repair, Target } from './model.ts';
import { scan } from './scan.ts';
import type { RawFile } from './scan.ts';
import { countGaps, learnSpace, restoreSpace } from './space.ts';
import type { Near, SpaceRules } from './space.ts';
import { checkDiffstat } from './diffstat.ts';

/** A diff made whole. */
export interface DiffReading {
  /** What `git apply` takes. */
  text: string;
  repairs: readonly Repair[];
  doubts: readonly Doubt[];
}

/** A file with its hunks read. */
interface ReadFile {
  raw: RawFile;
  hunks: readonly ReadHunk[];
  target: readonly string[] | undefined;
}

/**
 * Makes the diff that stands at a depth of quotes in a body whole again: unquoted, unwrapped, its
 * white space restored; by the target's lines as far as there are any. PURE. Throws usage
 * `corrupt-patch` for a hunk that cannot be read.
 */
export function readDiff(body: Body, depth: number, target: Target = () => undefined): DiffReading {
  const read = readAll(body, depth, target);
  // Some programs say format=flowed and add no blanks; the reading that takes less is the right one.
  if (!body.flowed || depth > 0 || read.cost === 0) return read;
  const plain = attempt(() => readAll({ ...body, flowed: false }, depth, target));
  return plain !== undefined && plain.cost < read.cost ? plain : read;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof PatchproofError) return undefined;
    throw error;
  }
}

function readAll(body: Body, depth: number, target: Target): DiffReading & { cost: number } {
  const { files: raws, orphans } = scan(body, depth);
  const files = raws.map((raw) => {
    const path = raw.oldPath;
    const lines = path === undefined ? undefined : target(path);
    const hunks = readHunks(body, raw, lines);
    return { raw, hunks, target: lines };
  });
  const doubts: Doubt[] = orphans.map((index) => ({
    place: placeOf(body, index),
    about: 'content',
    text: 'the name of the file that this hunk changes is missing',
  }));
  const repairs: Repair[] = [];
  const kept: string[] = [];
  for (const file of files) {
    repairs.push(...headRepairs(body, file.raw));
    kept.push(...file.raw.head);
    const rules = rulesOf(file, files);
    for (const hunk of file.hunks) {
      const gaps = countGaps(hunk.lines.flatMap((line) => line.target ?? []));
      const lines = hunk.lines.map((line, index) => {
        const near = { gaps, indent: nearestIndent(hunk.lines, index) };
        return restore(body, line, file, { rules, near }, repairs, doubts);
      });
      kept.push(`${hunk.raw.range}${hunk.section}`, ...lines);
      repairs.push(...hunk.repairs);
      doubts.push(...hunk.doubts);
    }
  }
  doubts.push(...checkDiffstat(body, depth, raws, kept));
  const cost = files.flatMap(({ hunks }) => hunks).reduce((sum, hunk) => sum + hunk.cost, 0);
  return { text: kept.length === 0 ? '' : `${kept.join('\n')}\n`, repairs, doubts, cost };
}

function readHunks(
  body: Body,
  raw: RawFile,
  target: readonly string[] | undefined,
): readonly ReadHunk[] {
  let shift = 0;
  return raw.hunks.map((hunk) => {
    const read = readHunk(body, hunk, target, shift);
    if ('why' in read) throw corrupt(body, read.index, hunk.at, read.why);
    shift = read.shift;
    return read;
  });
}

function corrupt(body: Body, index: number, header: number, why: string): PatchproofError {
  return new PatchproofError({
    kind: 'usage',
    code: 'corrupt-patch',
    message: `${placeOf(body, index)}: the patch is damaged and cannot be restored.`,
    evidence: [
      `${placeOf(body, header)}: ${body.lines[header] ?? ''}`,
      `${placeOf(body, index)}: ${why}`,
      `  ${body.lines[index] ?? ''}`,
    ],
    remedy:
      'Give the whole patch: the original mail, its message-id, or what git format-patch wrote.',
  });
}

/** The rules of white space for one file; one without a target goes by the others. */
function rulesOf(file: ReadFile, files: readonly ReadFile[]): SpaceRules {
  const lines = files.flatMap(({ hunks }) => hunks.flatMap((hunk) => hunk.lines));
  const all = files.flatMap(({ target }) => (target === undefined ? [] : [target]));
  const { depth, spaced } = file.hunks[0]?.raw.quote ?? { depth: 0, spaced: false };
  const quoteWidth = depth * (spaced ? 2 : 1);
  return learnSpace(lines, file.target === undefined ? all : [file.target], quoteWidth);
}

/** How the target indents the nearest line that the mail indents as this one; the one above wins. */
function nearestIndent(lines: readonly HunkLine[], index: number): string | undefined {
  const indent = indentOf(lines[index]?.text ?? '');
  const isLike = ({ text, target }: HunkLine): boolean =>
    target !== undefined &&
    bare(target) === bare(text) &&
    text.trim() !== '' &&
    indentOf(text) === indent;
  const found = lines.slice(0, index).findLast(isLike) ?? lines.slice(index + 1).find(isLike);
  return found?.target === undefined ? undefined : indentOf(found.target);
}

function restore(
  body: Body,
  line: HunkLine & { given: string },
  file: ReadFile,
  space: { rules: SpaceRules; near: Near },
  repairs: Repair[],
  doubts: Doubt[],
): string {
  const place = placeOf(body, line.from[0] ?? 0);
  let { text } = line;
  if (line.mark !== '\\') {
    const path = file.raw.oldPath ?? file.raw.head.at(-1) ?? '';
    if (line.target !== undefined && (line.mark === ' ' || bare(line.target) === bare(text)))
      text = line.target;
    else {
      const restored = restoreSpace(text, path, space.rules, space.near);
      text = restored.text;
      if (restored.doubt !== undefined)
        doubts.push({ place, about: 'white space', text: restored.doubt });
    }
    // The one promise that a reader relies on.
    if (line.mark !== ' ' && bare(text) !== bare(line.text))
      throw new Error(`${place}: a repair would change what the line says`);
  }
  const after = line.mark + text;
  if (after !== line.given) repairs.push({ place, kind: kindOf(line), before: line.given, after });
  return after;
}

function kindOf(line: HunkLine & { given: string }): Repair['kind'] {
  if (line.from.length > 1) return 'joined';
  const lostBlank = line.mark === ' ' && line.given !== '' && !/^[ \u00a0]/.test(line.given);
  return lostBlank ? 'lost blank' : 'white space';
}

function headRepairs(body: Body, { joined, at, head }: RawFile): Repair[] {
  return joined.map((index) => {
    const line = body.lines[index] ?? '';
    const mark = /(diff --git|---|\+\+\+)/.exec(line)?.[0] ?? '';
    return {
      place: placeOf(body, index),
      kind: 'joined',
      before: `${line}\n${body.lines[index + 1] ?? ''}`,
      after: head.find((one) => one.startsWith(`${mark} `)) ?? placeOf(body, at),
    };
  });
}
