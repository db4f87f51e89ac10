// SPDX-License-Identifier: MIT
import { placeOf } from './model.ts';
import type { Body, Doubt } from './model.ts';
import type { RawFile } from './scan.ts';

const summary =
  /^[\s>|]*(\d+) files? changed(?:, (\d+) insertions?\(\+\))?(?:, (\d+) deletions?\(-\))?\s*$/;

/**
 * Whether the diff is all that the diffstat above it tells of: who quotes a patch often leaves
 * parts out. PURE.
 */
export function checkDiffstat(
  body: Body,
  depth: number,
  files: readonly RawFile[],
  diff: readonly string[],
): Doubt[] {
  const first = files[0]?.at ?? 0;
  const at = body.lines.findLastIndex(
    (line, index) => index < first && summary.test(line) && depthOf(line) === depth,
  );
  const [, changed, added = '0', removed = '0'] = summary.exec(body.lines[at] ?? '') ?? [];
  if (changed === undefined) return [];
  const isContent = (line: string, mark: '+' | '-'): boolean =>
    line.startsWith(mark) && !line.startsWith(`${mark.repeat(3)} `);
  const found = {
    files: new Set(files.map(({ head }) => head.at(-1))).size,
    added: diff.filter((line) => isContent(line, '+')).length,
    removed: diff.filter((line) => isContent(line, '-')).length,
  };
  const told = { files: Number(changed), added: Number(added), removed: Number(removed) };
  if (found.files === told.files && found.added === told.added && found.removed === told.removed)
    return [];
  const words = (it: typeof told): string =>
    `${it.files} ${it.files === 1 ? 'file' : 'files'}, ${it.added} lines added, ${it.removed} removed`;
  return [
    {
      place: placeOf(body, at),
      about: 'content',
      text: `the diffstat says ${words(told)}; the diff has ${words(found)}`,
    },
  ];
}

function depthOf(line: string): number {
  return /^[\s>|]*/.exec(line)?.[0].replaceAll(/\s/g, '').length ?? 0;
}
