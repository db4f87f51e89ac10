// SPDX-License-Identifier: MIT
import type { RunEvent } from '../events.ts';
import type { RunRecord } from './model.ts';

type Growing = {
  -readonly [K in keyof RunRecord]: RunRecord[K] extends readonly (infer T)[] ? T[] : RunRecord[K];
};

/** Grows a record event by event; `fold` is this over a whole stream. */
export class Recorder {
  readonly #record: Growing = {
    version: 1,
    tool: '',
    argv: [],
    host: {},
    seed: '',
    startedAt: '',
    proof: null,
    cells: [],
    kernels: [],
    boots: [],
    attempts: [],
    failures: [],
    stopped: [],
    interrupted: false,
    finished: false,
  };

  push(event: RunEvent): void {
    const record = this.#record;
    switch (event.type) {
      case 'run-started':
        record.tool = event.tool;
        record.argv = [...event.argv];
        record.host = event.host;
        record.seed = event.seed;
        record.startedAt = event.startedAt;
        if (event.shard !== undefined) record.shard = event.shard;
        break;
      case 'proof-loaded':
        record.proof = event.proof;
        break;
      case 'cell-planned':
        record.cells.push(event.cell);
        break;
      case 'kernel-built':
        record.kernels.push(event.kernel);
        break;
      case 'boot-finished':
        record.boots.push(event.boot);
        break;
      case 'attempt-finished':
        record.attempts.push(event.attempt);
        break;
      case 'variant-failed':
        record.failures.push(event.failure);
        break;
      case 'stopped-early':
        record.stopped.push(event.why);
        break;
      case 'shards-merged':
        record.shardProblems = [...event.problems];
        break;
      case 'run-interrupted':
        record.interrupted = true;
        break;
      case 'run-finished':
        record.finished = true;
        break;
      case 'stage-started':
      case 'stage-progress':
      case 'stage-finished':
      case 'stage-failed':
      case 'test-result':
      case 'note':
        break;
      default:
        // A newer version's event, read from a file: what it adds is not ours to judge.
        event satisfies never;
    }
  }

  record(): RunRecord {
    return structuredClone(this.#record);
  }
}

/** The record of a whole event stream. One without `run-finished` stays unfinished. */
export function fold(events: Iterable<RunEvent>): RunRecord {
  const recorder = new Recorder();
  for (const event of events) recorder.push(event);
  return recorder.record();
}

/**
 * The events of an events.jsonl. A last line that the runner's death cut short is left out;
 * any other line that is no event is an error, because what it said is lost.
 */
export function readEvents(text: string): RunEvent[] {
  const lines = text.split('\n');
  const unfinished = lines.pop() ?? '';
  const events = lines.filter((it) => it !== '').map((it) => JSON.parse(it) as RunEvent);
  try {
    if (unfinished !== '') events.push(JSON.parse(unfinished) as RunEvent);
  } catch {
    return events;
  }
  return events;
}
