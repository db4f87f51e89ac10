// SPDX-License-Identifier: MIT

/** A section of MAINTAINERS, as far as files go. */
export interface Section {
  /** Its `F:` patterns. */
  files: readonly string[];
  /** Its `X:` patterns, which win. */
  except: readonly string[];
}

/** Reads MAINTAINERS. PURE. */
export function parseMaintainers(lines: readonly string[]): Section[] {
  const sections: { files: string[]; except: string[] }[] = [];
  let open = false;
  for (const line of lines) {
    const [, kind, pattern] = /^([A-Z]):\s+(\S+)/.exec(line) ?? [];
    if (kind === undefined) open = false;
    if (pattern === undefined || (kind !== 'F' && kind !== 'X')) continue;
    if (!open) sections.push({ files: [], except: [] });
    open = true;
    sections.at(-1)?.[kind === 'F' ? 'files' : 'except'].push(pattern);
  }
  return sections;
}

/**
 * Whether a pattern of MAINTAINERS stands for a file, by the rules at its head: a folder (with or
 * without its slash) for all below it, `*` for any characters but a slash, `**` for any.
 */
export function covers(pattern: string, file: string): boolean {
  const parts = pattern
    .replace(/\/$/, '')
    .split(/(\*\*|[*?]|\[[\w-]+\])/)
    .map((part) => {
      if (part === '**') return '.*';
      if (part === '*') return '[^/]*';
      if (part === '?') return '[^/]';
      return part.startsWith('[') ? part : part.replaceAll(/[\\^$.|+(){}[\]]/g, String.raw`\$&`);
    });
  return new RegExp(`^${parts.join('')}(?:/|$)`).test(file);
}

/**
 * The sections that files belong to, those that speak of them most closely first; a section for
 * everything is left out.
 */
export function sectionsOf(sections: readonly Section[], files: readonly string[]): Section[] {
  const found = sections.flatMap((section) => {
    const closeness = files
      .filter((file) => !section.except.some((it) => covers(it, file)))
      .flatMap((file) => section.files.filter((it) => covers(it, file)))
      .map((pattern) => pattern.replaceAll(/[*?]/g, '').length);
    const closest = Math.max(0, ...closeness);
    return closest > 1 ? [{ section, closest }] : [];
  });
  return found.toSorted((a, b) => b.closest - a.closest).map(({ section }) => section);
}
