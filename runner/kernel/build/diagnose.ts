// SPDX-License-Identifier: MIT
import { PatchproofError } from '../../errors.ts';
import { diskFull, isDiskFull } from '../stage.ts';

/** What is shown of a failed build. */
const shownLines = 24;

/**
 * Says why make failed, from its output. PURE. `what` begins a sentence, `code` is the one for
 * faulty sources and is given only where the output names a fault in them; whatever else ends
 * a build (`disk-full`, `missing-tool`, `out-of-memory`, `compiler-crashed`, `make-failed`) is
 * the host's. `workshop` is taken out of the paths, so that they are those of the source tree.
 */
export function diagnose(
  { what, code }: { what: string; code: 'build-failed' | 'selftests-failed' },
  output: string,
  workshop: string,
  log: string,
): PatchproofError {
  const lines = output.split('\n').map((line) => treePath(line, workshop));
  // What gcc quotes of a source may say anything.
  const said = lines.filter((line) => !/^ *\d* \|/.test(line));
  const full = said.filter(isDiskFull);
  if (full.length > 0) return diskFull(full.slice(0, 3));
  for (const trouble of hostTroubles) {
    const found = said.filter((line) => trouble.pattern.test(line));
    if (found.length > 0)
      return new PatchproofError({
        kind: 'infrastructure',
        code: trouble.code,
        message: `${what} ${trouble.message}`,
        evidence: found.slice(0, 5),
        remedy: trouble.remedy,
        log,
      });
  }
  const errors = errorLines(lines);
  if (errors.length === 0)
    return new PatchproofError({
      kind: 'infrastructure',
      code: 'make-failed',
      message: `${what} was not built: make failed, and its log names no fault in the sources.`,
      evidence: lastLines(lines),
      remedy: 'Read the log, and run: ./patchproof doctor',
      log,
    });
  return new PatchproofError({
    kind: 'infrastructure',
    code,
    message: `${what} does not compile.`,
    evidence: errors,
    remedy: 'Correct the error; the log has everything that make said.',
    log,
  });
}

/** What a host does to a build; looked for before faults of the sources, which it can imitate. */
const hostTroubles = [
  {
    code: 'missing-tool',
    pattern:
      /(?:^|: )(?:\S+): (?:command )?not found$|(?:gelf|libelf|openssl\/\w+|ncurses)\.h: No such file/,
    message: 'cannot be built: this host lacks something that the build needs.',
    remedy: 'Run: ./patchproof doctor',
  },
  {
    code: 'missing-library',
    pattern: /: cannot find -l\S+|cannot specify -static with/,
    message: 'cannot be linked: a library is not there, or not in a form for static programs.',
    remedy:
      'Install the development package that has it; tests need no static form with --image host.',
  },
  {
    code: 'out-of-memory',
    pattern:
      /Killed signal terminated program|(?::|\]|\d) +Killed\b|out of memory allocating|virtual memory exhausted|Cannot allocate memory|fork: (?:retry: )?Resource temporarily unavailable/,
    message: 'was not built: a tool was killed or got no memory.',
    remedy: 'Use fewer compile jobs: --jobs 1',
  },
  {
    code: 'compiler-crashed',
    pattern: /internal compiler error:|Input\/output error|Read-only file system/,
    message: 'was not built: the compiler or the disk failed.',
    remedy: 'Read the log; a second run may do better.',
  },
] as const;

/** A fault that the output places in the sources: compiler, linker, modpost, objtool, make, kconfig. */
const sourceFault =
  /^[^\s:]+:\d+(?::\d+)?: (?:fatal )?error: |^[^\s:]+:\d+: \*\*\* |: undefined reference to |: multiple definition of |^ERROR: modpost: |: error: objtool: |\*\*\* No rule to make target |^\S*Kconfig\S*:\d+: /;

/** The faults with the lines that belong to them; none where the output shows none. */
function errorLines(lines: readonly string[]): string[] {
  const shown: string[] = [];
  for (let index = 0; index < lines.length && shown.length < shownLines; index++) {
    const line = lines[index] ?? '';
    if (!sourceFault.test(line)) continue;
    // gcc names the function on the line before, and shows the source below.
    const before = lines[index - 1] ?? '';
    if (/: In function .*:$/.test(before)) shown.push(before);
    shown.push(line);
    while (/^ *\d* \|/.test(lines[index + 1] ?? '')) shown.push(lines[++index] ?? '');
  }
  return shown.slice(0, shownLines);
}

function lastLines(lines: readonly string[]): string[] {
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
