// SPDX-License-Identifier: MIT
import type {
  Attempt,
  Boot,
  CellRecord,
  KernelRecord,
  RecordedProof,
  VariantFailure,
} from './evidence/model.ts';

/** The steps a person sees. */
export type Stage =
  'source' | 'patch' | 'configure' | 'build' | 'selftests' | 'image' | 'boot' | 'test';

/** Which piece of work an event speaks of. */
export interface Where {
  stage: Stage;
  cell: string;
  /** `base`, a candidate, or null where both sides share the work. */
  variant: string | null;
}

/**
 * Everything that can happen in a run, in order of time. events.jsonl is this stream, one
 * object a line; the record, every report and the live view are folds of it.
 */
export type RunEvent = { time: number } & (
  | {
      type: 'run-started';
      tool: string;
      argv: readonly string[];
      host: Readonly<Record<string, string>>;
      seed: string;
      startedAt: string;
      /** Set when this run does only a part of every cell's tests. */
      shard?: { index: number; total: number };
    }
  | { type: 'proof-loaded'; proof: RecordedProof }
  | { type: 'cell-planned'; cell: CellRecord }
  /** `title` is what the live view shows. */
  | { type: 'stage-started'; where: Where; title: string }
  /** `total` is null while it is unknown; `detail` is one short line. */
  | { type: 'stage-progress'; where: Where; done: number; total: number | null; detail: string }
  /** `detail` says what came out, e.g. `from the cache`. */
  | { type: 'stage-finished'; where: Where; detail: string; durationMs: number }
  | { type: 'stage-failed'; where: Where; message: string }
  | { type: 'kernel-built'; kernel: KernelRecord }
  | { type: 'boot-finished'; boot: Boot }
  /** Live only: a leaf result as it appears. */
  | { type: 'test-result'; where: Where; name: string; outcome: string }
  | { type: 'attempt-finished'; attempt: Attempt }
  /** A variant that cannot be tried further; judging decides whose fault it is. */
  | { type: 'variant-failed'; failure: VariantFailure }
  /** Something a reader of the result should know, e.g. which accelerator was taken and why. */
  | { type: 'note'; text: string }
  /** `--fail-fast` or `--until-fail` found what it looks for; the rest of the plan is left undone. */
  | { type: 'stopped-early'; why: string }
  /** The stream was joined from those of shards; `problems` name what is missing or does not belong. */
  | { type: 'shards-merged'; shards: readonly string[]; problems: readonly string[] }
  | { type: 'run-interrupted'; signal: string }
  | { type: 'run-finished' }
);

/** An event as a room sends it; the bus adds the time in ms since the run began. */
export type RunEventBody = RunEvent extends infer E
  ? E extends RunEvent
    ? Omit<E, 'time'>
    : never
  : never;

/** How rooms with effects report progress; they never print. */
export type Emit = (event: RunEventBody) => void;

/** What every stage with effects is given. */
export interface StageContext {
  emit: Emit;
  /** Aborted by Ctrl-C; a stage then stops its commands and throws an `interrupted` PatchproofError. */
  signal: AbortSignal;
  /** The cell the work belongs to. */
  cell: string;
}
