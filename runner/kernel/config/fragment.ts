// SPDX-License-Identifier: MIT
import { architectureNames } from '../../host/arch.ts';
import { compareVersions } from '../source/spec.ts';

/** Symbols without CONFIG_ and what is asked of them: `y`, `n`, a number or a quoted string. */
export type ConfigRequests = ReadonlyMap<string, string>;

/** The kernel that a fragment is read for. */
export interface FragmentTarget {
  /** `6.12`. */
  series: string;
  /** As ARCH= has it. */
  arch: string;
}

/**
 * Reads a kernel config fragment for a kernel. PURE. The comments `# since 6.5`, `# until 6.11` and
 * `# for arm64` on lines of their own hold for the symbols below them, up to the next empty line
 * or comment: other kernels do not have these symbols. `m` becomes `y`, as these kernels have no modules.
 */
export function readFragment(text: string, target: FragmentTarget): ConfigRequests {
  const requests = new Map<string, string>();
  let applies = true;
  let inConditions = false;
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    const unset = /^# CONFIG_(\w+) is not set$/.exec(line)?.[1];
    const set = /^CONFIG_(\w+)=(.+)$/.exec(line);
    const holds = conditionOf(line, target);
    if (holds !== undefined) applies = holds && (applies || !inConditions);
    else if (unset !== undefined) {
      if (applies) requests.set(unset, 'n');
    } else if (set?.[1] !== undefined && set[2] !== undefined) {
      if (applies) requests.set(set[1], set[2] === 'm' ? 'y' : set[2]);
    } else if (line === '' || line.startsWith('#')) applies = true;
    inConditions = holds !== undefined;
  }
  return requests;
}

/** Whether a line's condition holds; undefined for a line that is none. */
function conditionOf(line: string, { series, arch }: FragmentTarget): boolean | undefined {
  const [, word, value = ''] = /^# (since|until) (\d+\.\d+)$/.exec(line) ?? [];
  if (word === 'since') return compareVersions(series, value) >= 0;
  if (word === 'until') return compareVersions(series, value) <= 0;
  const wanted = /^# for (\w+)$/.exec(line)?.[1];
  return wanted === undefined || !architectureNames.includes(wanted) ? undefined : wanted === arch;
}

/** The profile that a profile's text says it stands on: `# on top of: NAME`. */
export function readUnderlying(text: string): string | undefined {
  return /^# on top of: ([\w.-]+)$/m.exec(text)?.[1];
}

/** Later fragments win. */
export function mergeRequests(all: readonly ConfigRequests[]): ConfigRequests {
  return new Map(all.flatMap((requests) => [...requests]));
}

/** The requests as a fragment for merge_config.sh, sorted: the same requests give the same text. */
export function formatRequests(requests: ConfigRequests): string {
  return [...requests]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([symbol, value]) =>
      value === 'n' ? `# CONFIG_${symbol} is not set\n` : `CONFIG_${symbol}=${value}\n`,
    )
    .join('');
}

/** The symbols that a .config sets. */
export function readConfig(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const [, symbol, value] of text.matchAll(/^CONFIG_(\w+)=(.+)$/gm))
    if (symbol !== undefined && value !== undefined) values.set(symbol, value);
  return values;
}

/** A request that did not survive olddefconfig. */
export interface Unmet {
  symbol: string;
  wanted: string;
  /** `n` also when the symbol does not exist. */
  got: string;
}

/** Compares the requests with the finished .config. */
export function findUnmet(requests: ConfigRequests, config: ReadonlyMap<string, string>): Unmet[] {
  return [...requests]
    .map(([symbol, wanted]) => ({ symbol, wanted, got: config.get(symbol) ?? 'n' }))
    .filter(({ wanted, got }) => wanted !== got);
}
