// SPDX-License-Identifier: MIT
import { harmful } from './compare.ts';
import type { Verdict } from './model.ts';

/** How a candidate did over all cells. */
export interface Rank {
  name: string;
  fixed: number;
  broken: number;
}

/** Candidates, the one that fixes most first; among equals the one that breaks least. */
export function rankCandidates(verdict: Pick<Verdict, 'candidates' | 'tests'>): Rank[] {
  const count = (name: string, wanted: (change: string) => boolean): number =>
    verdict.tests.filter((it) => wanted(it.change[name] ?? '')).length;
  return Object.keys(verdict.candidates)
    .map((name) => ({
      name,
      fixed: count(name, (it) => it === 'fixed'),
      broken: count(name, (it) => harmful.has(it as 'broken')),
    }))
    .toSorted((a, b) => b.fixed - a.fixed || a.broken - b.broken);
}
