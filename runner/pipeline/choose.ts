// SPDX-License-Identifier: MIT
import { splitPrograms } from '../proof/shard.ts';
import type { Candidate, Mutant } from './candidates.ts';
import type { CellSettings } from './cell.ts';
import { narrowPrograms, selectPrograms, type Chosen, type Program } from './tests.ts';

/** Which tests a cell runs where. */
export interface Choice {
  /** Those of all shards. */
  all: Chosen;
  /** Those of this run: base's, and of every candidate without tests of its own. */
  chosen: Chosen;
  /** What mutants, and candidates with tests of their own, run instead. */
  own: ReadonlyMap<string, Chosen>;
}

/**
 * Chooses the tests of a cell. Where no candidate wants more than some of them, base does not
 * run more either. Throws usage `no-such-test` for globs that match nothing.
 */
export function chooseTests(
  programs: readonly Program[],
  candidates: readonly Candidate[],
  mutants: readonly Mutant[],
  { selection, shard }: Pick<CellSettings, 'selection' | 'shard'>,
): Choice {
  const limited = candidates.flatMap(({ name, tests }) =>
    tests === undefined ? [] : [{ name, tests }],
  );
  // What is wrong in the proof file is told, whatever --filter leaves of it.
  for (const { name, tests } of limited)
    selectPrograms({ filter: tests, exclude: [] }, programs, `The candidate ${name}:`);
  const selected = selectPrograms(selection, programs);
  const isLimited = limited.length === candidates.length && mutants.length === 0;
  const all = isLimited
    ? unionOf(
        selected,
        limited.map(({ tests }) => narrowPrograms(tests, selected)),
      )
    : selected;
  const chosen = { ...all, programs: ofShard(all.programs, shard) };
  const own = new Map([
    ...limited.map(({ name, tests }) => [name, narrowPrograms(tests, chosen)] as const),
    ...mutants.map(({ name, tests }) => {
      const filter = { filter: tests, exclude: [] };
      return [name, selectPrograms(filter, programs, `The mutant ${name}:`)] as const;
    }),
  ]);
  return { all, chosen, own };
}

/** The programs that one of these parts runs. */
function unionOf(whole: Chosen, parts: readonly Chosen[]): Chosen {
  const ids = new Set(parts.flatMap(({ programs }) => programs.map(({ test }) => test.id)));
  const others = whole.programs.filter(({ test }) => !ids.has(test.id));
  return {
    programs: whole.programs.filter(({ test }) => ids.has(test.id)),
    leftOut: [...whole.leftOut, ...others.flatMap(({ test, tests }) => tests ?? [test.id])],
  };
}

function ofShard(all: readonly Program[], shard: CellSettings['shard']): readonly Program[] {
  if (shard === undefined) return all;
  const ids = all.map(({ test }) => test.id);
  const own = splitPrograms(ids, shard.total, shard.durations)[shard.index - 1] ?? [];
  return all.filter(({ test }) => own.includes(test.id));
}
