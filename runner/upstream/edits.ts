// SPDX-License-Identifier: MIT
import { PatchproofError } from '../errors.ts';

/** Adds a target to the text of tools/testing/selftests/Makefile, in its sorted place. */
export function addTarget(makefile: string, target: string): string {
  const own = `TARGETS += ${target}`;
  const lines = makefile.split('\n');
  if (lines.includes(own)) throw alreadyThere(`tools/testing/selftests/Makefile has "${own}"`);
  const group = own.slice(0, own.indexOf('/'));
  const before = lines.findLastIndex((it) => it.startsWith(group) && it < own);
  if (before < 0) throw noPlace('tools/testing/selftests/Makefile', `a line like "${group}"`);
  return lines.toSpliced(before + 1, 0, own).join('\n');
}

/** Adds a path to a section of the text of MAINTAINERS, after the last one that sorts before it. */
export function addMaintained(maintainers: string, section: string, file: string): string {
  const own = `F:\t${file}`;
  const lines = maintainers.split('\n');
  const start = lines.indexOf(section);
  if (start < 0) throw noPlace('MAINTAINERS', `a section "${section}"`);
  const length = lines.slice(start).indexOf('');
  const end = length < 0 ? lines.length : start + length;
  if (lines.slice(start, end).includes(own)) throw alreadyThere(`MAINTAINERS has "${own}"`);
  const before = lines.findLastIndex(
    (it, at) => at > start && at < end && (!it.startsWith('F:') || it < own),
  );
  return lines.toSpliced(before + 1, 0, own).join('\n');
}

/** The tree holds already what the patch would add. */
export function alreadyThere(evidence: string): PatchproofError {
  return new PatchproofError({
    kind: 'usage',
    code: 'selftests-there',
    message: 'This kernel tree has these selftests already.',
    evidence: [evidence],
    remedy: 'Give --tree a kernel tree without them.',
  });
}

function noPlace(file: string, wanted: string): PatchproofError {
  return new PatchproofError({
    kind: 'usage',
    code: 'no-place',
    message: `${file} of this kernel tree has no place for the selftests.`,
    evidence: [`looked for ${wanted}`],
    remedy: 'Give --tree a kernel tree of 6.1 or newer.',
  });
}
