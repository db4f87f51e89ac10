// SPDX-License-Identifier: MIT
import { PatchproofError } from '../errors.ts';
import type { CandidateSpec, Cell, Plan } from './model.ts';
import { longestPart, shardName, type Durations } from './shard.ts';

/** One job of a CI matrix: a cell's candidate with its base, or a part of their tests. */
export interface MatrixEntry {
  /** Names the job and its artifact. */
  id: string;
  kernel: string;
  profile: string;
  candidate: string;
  /** For `--patch`; empty where the proof's own patch is meant. */
  patch: string;
  /** For `--candidate`; empty unless the proof knows it by its name. */
  named: string;
  /** For `--shard`. */
  shard: string;
  /** What its tests took in an earlier run; null where none was given. */
  seconds: number | null;
}

/** What earlier runs took. */
export interface Timings {
  /** By cell id, each program's time over both sides. */
  cells: ReadonlyMap<string, Durations>;
}

/** GitHub's limit on the jobs of one matrix. */
const mostJobs = 256;

interface Job {
  cell: Cell;
  candidate: CandidateSpec;
  shards: number;
}

/**
 * The jobs of a plan: one for each cell and candidate, and further shards, up to `jobs` in all,
 * each to whoever would still take longest. Throws `too-many-jobs` (usage).
 */
export function matrixOf(plan: Plan, wanted: number | undefined, timings: Timings): MatrixEntry[] {
  const jobs = plan.cells.flatMap((cell) =>
    cell.candidates.map((candidate): Job => ({ cell, candidate, shards: 1 })),
  );
  const most = wanted ?? jobs.length;
  if (Math.max(most, jobs.length) > mostJobs || most < jobs.length) {
    throw new PatchproofError({
      kind: 'usage',
      code: 'too-many-jobs',
      message:
        most < jobs.length
          ? `The plan has ${jobs.length} cells, more than the ${most} jobs asked for.`
          : `A matrix of ${Math.max(most, jobs.length)} jobs is more than the ${mostJobs} that a CI takes.`,
      remedy: 'Ask for another number with --jobs, or for fewer kernels with --kernel.',
    });
  }
  let left = most - jobs.length;
  for (;;) {
    // The matrix takes as long as its longest job: where that one cannot be split, nothing is won.
    const [longest] = jobs.toSorted((a, b) => costOf(b, timings) - costOf(a, timings));
    if (longest === undefined) break;
    const now = costOf(longest, timings);
    const more = Array.from({ length: left }, (_, index) => longest.shards + index + 1).find(
      (shards) => costOf({ ...longest, shards }, timings) < now,
    );
    if (more === undefined) break;
    left -= more - longest.shards;
    longest.shards = more;
  }
  return jobs.flatMap((job) =>
    Array.from({ length: job.shards }, (_, index) => entryOf(job, index + 1, timings)),
  );
}

/** How long a job's longest shard takes; without timings all cells count the same. */
function costOf({ cell, shards }: Job, timings: Timings): number {
  const durations = timings.cells.get(cell.id);
  if (durations === undefined) return 1 / shards;
  return longestPart([...durations.keys()], shards, durations);
}

function entryOf(job: Job, index: number, timings: Timings): MatrixEntry {
  const { cell, candidate, shards } = job;
  const part = shards === 1 ? '' : `-${index}of${shards}`;
  const { name, file, named } = candidate;
  return {
    id: `${cell.id.replaceAll('/', '-')}-${name}${part}`,
    kernel: cell.kernel,
    profile: cell.profile,
    candidate: name,
    patch: file === undefined ? '' : name === 'patched' ? file : `${name}=${file}`,
    named: named === undefined ? '' : name,
    shard: shardName({ index, total: shards }),
    seconds: timings.cells.has(cell.id) ? Math.ceil(costOf(job, timings) / 1000) : null,
  };
}
