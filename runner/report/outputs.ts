// SPDX-License-Identifier: MIT
import type { RunRecord } from '../evidence/model.ts';
import type { Verdict } from '../verdict/model.ts';

/**
 * What later steps of a CI job read of a run, as text: the verdict; how many tests of each candidate
 * came to which change, as JSON; the keys of the kernels, and whether all of them came from the cache.
 */
export function outputsOf(record: RunRecord, verdict: Verdict): Record<string, string> {
  const counts = Object.fromEntries(
    Object.keys(verdict.candidates).map((name) => {
      const changes = verdict.tests.flatMap(({ change }) => change[name] ?? []);
      const groups = Object.entries(Object.groupBy(changes, (it) => it));
      return [name, Object.fromEntries(groups.map(([change, all]) => [change, all.length]))];
    }),
  );
  return {
    verdict: verdict.overall,
    counts: JSON.stringify(counts),
    kernels: [...new Set(record.kernels.map(({ key }) => key))].toSorted().join(' '),
    'cache-hit': String(record.kernels.length > 0 && record.kernels.every((it) => it.cached)),
  };
}
