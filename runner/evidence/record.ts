// SPDX-License-Identifier: MIT
import type { RunEvent } from '../events.ts';
import type { Boot, RunRecord } from './model.ts';
import { Sharer } from './share.ts';

type Growing = {
  -readonly [K in keyof RunRecord]: RunRecord[K] extends readonly (infer T)[] ? T[] : RunRecord[K];
};

/** So many boots keep the last lines of their consoles in any case. */
const keptTails = 500;

/** Grows a record event by event; `fold` is this over a whole stream. */
export class Recorder {
  readonly #sharer = new Sharer();
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
        record.proof = this.#sharer.share(event.proof);
        break;
      case 'cell-planned':
        record.cells.push(this.#sharer.share(event.cell));
        break;
      case 'kernel-built':
        record.kernels.push(this.#sharer.share(event.kernel));
        break;
      case 'boot-finished':
        record.boots.push(this.#sharer.share(this.#readable(event.boot)));
        break;
      case 'attempt-finished':
        record.attempts.push(this.#sharer.share(event.attempt));
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

  /** Nobody reads the consoles of a thousand boots that went well; their streams still have them. */
  #readable(boot: Boot): Boot {
    const { consoleTail, ...rest } = boot;
    const wentWell = boot.end.kind === 'complete' && boot.splats.length === 0;
    if (consoleTail === undefined || !wentWell || this.#record.boots.length < keptTails)
      return boot;
    return rest;
  }

  /** The record so far; later events do not change it. */
  record(): RunRecord {
    const { argv, cells, kernels, boots, attempts, failures, stopped, ...rest } = this.#record;
    return {
      ...rest,
      argv: [...argv],
      cells: [...cells],
      kernels: [...kernels],
      boots: [...boots],
      attempts: [...attempts],
      failures: [...failures],
      stopped: [...stopped],
    };
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
