// SPDX-License-Identifier: MIT
import { compareVersions } from '../source/spec.ts';

/** Symbols without CONFIG_ and what is asked of them: `y`, `n`, a number or a quoted string. */
export type ConfigRequests = ReadonlyMap<string, string>;

/**
 * Reads a kernel config fragment for a kernel series. PURE. The comment `# since 6.5` or
 * `# until 6.11` on a line of its own holds for the symbols below it, up to the next empty line
 * or comment: other kernels do not have these symbols. `m` becomes `y`, as these kernels have no modules.
 */
export function readFragment(text: string, series: string): ConfigRequests {
  const requests = new Map<string, string>();
  let applies = true;
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    const unset = /^# CONFIG_(\w+) is not set$/.exec(line)?.[1];
    const set = /^CONFIG_(\w+)=(.+)$/.exec(line);
    const version = /^# (since|until) (\d+\.\d+)$/.exec(line);
    if (version?.[2] !== undefined) {
      const order = compareVersions(series, version[2]);
      applies = version[1] === 'since' ? order >= 0 : order <= 0;
    } else if (unset !== undefined) {
      if (applies) requests.set(unset, 'n');
    } else if (set?.[1] !== undefined && set[2] !== undefined) {
      if (applies) requests.set(set[1], set[2] === 'm' ? 'y' : set[2]);
    } else if (line === '' || line.startsWith('#')) applies = true;
  }
  return requests;
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
