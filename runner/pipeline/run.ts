// SPDX-License-Identifier: MIT
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import type { RunEvent, StageContext } from '../events.ts';
import type { RunRecord } from '../evidence/model.ts';
import { fold } from '../evidence/record.ts';
import { sweep } from '../host/cache.ts';
import type { Patch } from '../kernel/model.ts';
import { base, type Plan } from '../proof/model.ts';
import { judge } from '../verdict/judge.ts';
import type { Verdict } from '../verdict/model.ts';
import { openBus } from './bus.ts';
import { runCell, type CellSettings } from './cell.ts';
import { failureOf } from './failure.ts';

/** A whole run. */
export interface RunRequest {
  plan: Plan;
  /** Candidate name to the patch given for it; the others take the proof's ready-made one. */
  given: ReadonlyMap<string, Patch>;
  settings: CellSettings;
  /** The run directory, empty. */
  folder: string;
  tool: string;
  argv: readonly string[];
  host: Readonly<Record<string, string>>;
  /** Names this run; everything random in it is derived from it. */
  seed: string;
  startedAt: string;
  strict: boolean;
  /** Views onto the event stream. */
  listeners: readonly ((event: RunEvent) => void)[];
  signal: AbortSignal;
}

/** What a run leaves: everything is also in its folder. */
export interface RunOutcome {
  record: RunRecord;
  verdict: Verdict;
  /** What views threw; they were dropped and the run went on. */
  viewErrors: readonly unknown[];
}

/** Runs every cell of a plan, one after the other, and judges the record. */
export async function runPlan(request: RunRequest): Promise<RunOutcome> {
  const began = performance.now();
  const bus = openBus(path.join(request.folder, 'events.jsonl'), () => performance.now() - began);
  const events: RunEvent[] = [];
  bus.subscribe((event) => {
    // What only the live view needs would fill the memory in a long run.
    if (event.type !== 'stage-progress') events.push(event);
  });
  for (const listener of request.listeners) bus.subscribe(listener);
  const { plan, emit } = { plan: request.plan, emit: bus.emit };
  const { shard } = request.settings;
  emit({
    type: 'run-started',
    tool: request.tool,
    argv: request.argv,
    host: request.host,
    seed: request.seed,
    startedAt: request.startedAt,
    ...(shard === undefined ? {} : { shard: { index: shard.index, total: shard.total } }),
  });
  const { name, title, expectations, leftOut, knownHarm } = plan.proof;
  const mutants = [...new Set(plan.cells.flatMap((cell) => cell.mutants.map((it) => it.name)))];
  const replaced = leftOut.length === 0 ? {} : { leftOut };
  const told = { name, title, expectations, knownHarm, ...replaced };
  emit({ type: 'proof-loaded', proof: mutants.length === 0 ? told : { ...told, mutants } });
  try {
    await sweep();
    for (const [index, cell] of plan.cells.entries()) {
      const context: StageContext = { emit, signal: request.signal, cell: cell.id };
      const soFar = (): Verdict => judgeCell(fold(events), cell.id, request.strict);
      try {
        const { given, settings, folder } = request;
        if (await runCell(cell, plan.proof, given, settings, folder, soFar, context)) continue;
        const left = plan.cells.slice(index + 1).map(({ id }) => id);
        if (left.length > 0) emit({ type: 'stopped-early', why: `Not tried: ${left.join(', ')}.` });
        break;
      } catch (error) {
        // A kernel that is not there is wrong usage; beside other cells it must not take their result along.
        const alone = plan.cells.length === 1;
        emit(failureOf(error, context, base, 'source', 1, alone));
      }
    }
    emit({ type: 'run-finished' });
  } catch (error) {
    if (!(error instanceof PatchproofError) || error.kind !== 'interrupted') throw error;
    emit({ type: 'run-interrupted', signal: String(request.signal.reason ?? 'SIGINT') });
  } finally {
    bus.close();
  }
  const record = fold(events);
  return {
    record,
    verdict: judge(record, { strict: request.strict }),
    viewErrors: bus.listenerErrors,
  };
}

/** What one cell says by itself, as if the run ended now. */
function judgeCell(record: RunRecord, id: string, strict: boolean): Verdict {
  const part = {
    ...record,
    cells: record.cells.filter((cell) => cell.id === id),
    failures: record.failures.filter(({ cell }) => cell === id),
    stopped: [],
    finished: true,
  };
  return judge(part, { strict });
}
