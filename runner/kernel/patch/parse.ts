// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { PatchproofError } from '../../errors.ts';
import type { Patch } from '../model.ts';

/** One `@@` block. */
export interface Hunk {
  /** Path below the kernel tree. */
  path: string;
  /** First line in the old file, counted from 1. */
  oldStart: number;
  /** Its lines with their first character. */
  lines: readonly string[];
  /** Line of the patch text where it begins, counted from 1. */
  patchLine: number;
}

/** A patch's diff without what stands around it. */
export interface Diff {
  files: readonly string[];
  hunks: readonly Hunk[];
  /** The lines of the diff alone: mail headers, message, diffstat and signature left out. */
  text: string;
}

/**
 * Reads a git patch, a plain diff or a single format-patch mail that nothing has damaged. PURE.
 * Throws usage `empty-patch`, `not-a-patch`, `corrupt-patch` or `unsafe-path`.
 */
export function parsePatch(text: string, name: string, file?: string): Patch {
  if (text.trim() === '')
    throw wrong(
      'empty-patch',
      `The patch ${name} is empty.`,
      [],
      'Give --patch a file with a diff in it.',
    );
  const diff = parseDiff(text, name);
  if (diff.files.length === 0)
    throw wrong(
      'not-a-patch',
      `${name} contains no diff.`,
      text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .slice(0, 3)
        .map((line) => line.slice(0, 75)),
      'Give --patch what git diff or git format-patch wrote.',
    );
  const hashed = diff.text
    .split('\n')
    .filter((line) => !line.startsWith('index '))
    .join('\n');
  const patch: Patch = {
    name,
    ...(file === undefined ? {} : { file }),
    subject: subjectOf(text) ?? name,
    text: diff.text,
    hash: createHash('sha256').update(hashed).digest('hex'),
    files: diff.files,
    repairs: [],
    doubts: [],
    notes: [],
    fit: () => patch,
  };
  return patch;
}

const extendedHeader =
  /^(index |old mode |new mode |new file mode |deleted file mode |similarity index |dissimilarity index |rename (from|to) |copy (from|to) |Binary files )/;

/** Finds the diff in a text; `name` is for messages. */
export function parseDiff(text: string, name: string): Diff {
  const lines = text.split('\n');
  const files = new Set<string>();
  const hunks: Hunk[] = [];
  const kept: string[] = [];
  let current: string | undefined;
  let index = 0;
  while (index < lines.length) {
    const line = lines[index] ?? '';
    const git = /^diff --git (.+)$/.exec(line);
    const next = lines[index + 1] ?? '';
    if (git?.[1] !== undefined) {
      const half = gitPath(git[1]);
      if (half !== undefined) files.add((current = safe(half, name, index + 1)));
      kept.push(line);
      index++;
      while (extendedHeader.test(lines[index] ?? '')) kept.push(lines[index++] ?? '');
      if (lines[index] === 'GIT binary patch') {
        while (index < lines.length && !/^(diff --git |-- $)/.test(lines[index] ?? ''))
          kept.push(lines[index++] ?? '');
      }
      continue;
    }
    if (line.startsWith('--- ') && next.startsWith('+++ ')) {
      const path = headerPath(next) ?? headerPath(line);
      if (path !== undefined) files.add((current = safe(path, name, index + 1)));
      kept.push(line, next);
      index += 2;
      continue;
    }
    if (current !== undefined && line.startsWith('@@ -')) {
      const end = hunkEnd(lines, index, name);
      hunks.push({
        path: current,
        oldStart: Number(/^@@ -(\d+)/.exec(line)?.[1] ?? 0),
        lines: lines.slice(index + 1, end),
        patchLine: index + 1,
      });
      kept.push(...lines.slice(index, end));
      index = end;
      continue;
    }
    index++;
  }
  return { files: [...files], hunks, text: kept.length === 0 ? '' : `${kept.join('\n')}\n` };
}

/** Index after a hunk's last line, by the counts of its header. */
function hunkEnd(lines: readonly string[], start: number, name: string): number {
  const header = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(lines[start] ?? '');
  let old = Number(header?.[1] ?? 1);
  let fresh = Number(header?.[2] ?? 1);
  let index = start + 1;
  if (header === null) throw corrupt(name, start, lines[start] ?? '', 'not a hunk header');
  while (old > 0 || fresh > 0) {
    const line = lines[index];
    const mark =
      line === undefined || (line === '' && index === lines.length - 1) ? undefined : line[0];
    // Mailers strip the blank of empty context lines; git apply takes them so.
    if (mark === ' ' || (mark === undefined && line === '' && index < lines.length - 1)) {
      old--;
      fresh--;
    } else if (mark === '-') old--;
    else if (mark === '+') fresh--;
    else if (mark !== '\\')
      throw corrupt(
        name,
        index,
        line ?? '',
        `the hunk of line ${start + 1} ends here, ${Math.max(old, fresh)} lines early`,
      );
    index++;
  }
  if (old < 0 || fresh < 0)
    throw corrupt(name, index - 1, lines[index - 1] ?? '', 'more lines than the hunk header says');
  if (lines[index]?.startsWith('\\')) index++;
  return index;
}

/** The path both halves of `a/PATH b/PATH` share; renames have their own header lines. */
function gitPath(halves: string): string | undefined {
  const quoted = /^"a\/(.+)" "b\/(.+)"$/.exec(halves);
  if (quoted?.[2] !== undefined) return quoted[2];
  const same = /^a\/(.+) b\/\1$/.exec(halves);
  if (same?.[1] !== undefined) return same[1];
  return / b\/(.+)$/.exec(halves)?.[1];
}

/** `--- a/PATH<tab>date`: the path without its first folder; undefined for /dev/null. */
function headerPath(line: string): string | undefined {
  const path = (line.slice(4).split('\t')[0] ?? '').replace(/^"(.*)"$/, '$1').trim();
  if (path === '/dev/null') return undefined;
  return path.startsWith('/') ? path : path.replace(/^[^/]+\//, '');
}

/** Refuses a path that leads out of the tree or into its .git. */
function safe(path: string, name: string, line: number): string {
  const parts = path.split('/');
  if (
    path.startsWith('/') ||
    parts.includes('..') ||
    parts.some((part) => part.toLowerCase() === '.git')
  )
    throw wrong(
      'unsafe-path',
      `The patch ${name} changes a path outside the kernel tree.`,
      [`${name}:${line}: ${path}`],
      'Make the patch with git diff in the top folder of a kernel tree.',
    );
  return path;
}

function subjectOf(text: string): string | undefined {
  const header = /^Subject:[ \t]*(.+(?:\n[ \t]+\S.*)*)/m.exec(text)?.[1];
  return header
    ?.replaceAll(/\n[ \t]+/g, ' ')
    .replace(/^(\[[^\]]*\]\s*)+/, '')
    .trim();
}

function corrupt(name: string, index: number, line: string, why: string): PatchproofError {
  return wrong(
    'corrupt-patch',
    `The patch ${name} is damaged at line ${index + 1}.`,
    [`${name}:${index + 1}: ${why}`, `  ${line}`],
    'Fetch the patch again, or write it with git format-patch; mail programs often wrap or expand lines.',
  );
}

function wrong(code: string, message: string, evidence: string[], remedy: string): PatchproofError {
  return new PatchproofError({ kind: 'usage', code, message, evidence, remedy });
}
