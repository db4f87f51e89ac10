// SPDX-License-Identifier: MIT
import { PatchproofError } from '../../errors.ts';
import { diskFull, isDiskFull } from '../stage.ts';

/** What is shown of a failed build. */
const shownLines = 24;

/**
 * Says why make failed, from its output. PURE. `what` begins a sentence, `code` is the one for faulty sources.
 * `workshop` is taken out of the paths, so that they are those of the source tree.
 * Codes: `disk-full`, `missing-tool`, `out-of-memory` for the host.
 */
export function diagnose(
  { what, code }: { what: string; code: 'build-failed' | 'selftests-failed' },
  output: string,
  workshop: string,
  log: string,
): PatchproofError {
  const lines = output.split('\n').map((line) => treePath(line, workshop));
  if (isDiskFull(output)) return diskFull(lines.filter(isDiskFull).slice(0, 3));
  const missing = lines.filter((line) =>
    /(?:^|: )(?:\S+): (?:command )?not found$|(?:gelf|libelf|openssl\/\w+|ncurses)\.h: No such file/.test(
      line,
    ),
  );
  if (missing.length > 0)
    return new PatchproofError({
      kind: 'infrastructure',
      code: 'missing-tool',
      message: `${what} cannot be built: this host lacks something that the build needs.`,
      evidence: missing.slice(0, 5),
      remedy: 'Run: ./patchproof doctor',
      log,
    });
  const killed = lines.filter((line) => /Killed signal terminated program|: Killed$/.test(line));
  if (killed.length > 0)
    return new PatchproofError({
      kind: 'infrastructure',
      code: 'out-of-memory',
      message: `${what} was not built: the compiler was killed, most likely for want of memory.`,
      evidence: killed.slice(0, 3),
      remedy: 'Use fewer compile jobs: --jobs 1',
      log,
    });
  return new PatchproofError({
    kind: 'infrastructure',
    code,
    message: `${what} does not compile.`,
    evidence: errorLines(lines),
    remedy: 'Correct the error; the log has everything that make said.',
    log,
  });
}

/** Compiler and linker errors with the lines that belong to them; without any, the end of the log. */
function errorLines(lines: readonly string[]): string[] {
  const shown: string[] = [];
  const isError = (line: string): boolean =>
    /^[^\s:]+:\d+(?::\d+)?: (?:fatal )?error: |: undefined reference to |multiple definition of |^ERROR: modpost: /.test(
      line,
    );
  for (let index = 0; index < lines.length && shown.length < shownLines; index++) {
    const line = lines[index] ?? '';
    if (!isError(line)) continue;
    // gcc names the function on the line before, and shows the source below.
    const before = lines[index - 1] ?? '';
    if (/: In function .*:$/.test(before)) shown.push(before);
    shown.push(line);
    while (/^ *\d* \|/.test(lines[index + 1] ?? '')) shown.push(lines[++index] ?? '');
  }
  if (shown.length > 0) return shown.slice(0, shownLines);
  return lines
    .filter((line) => line.trim() !== '' && !/^make(\[\d+\])?: (Leaving|Entering)/.test(line))
    .slice(-12);
}

/** `<workshop>/src/net/x.c` and `../src/net/x.c` are `net/x.c` to a reader. */
function treePath(line: string, workshop: string): string {
  return line
    .replaceAll(`${workshop}/src/`, '')
    .replaceAll(`${workshop}/out/`, '')
    .replaceAll('../src/', '');
}
