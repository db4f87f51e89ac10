// SPDX-License-Identifier: MIT
import type { BootEnd, GuestEvent, GuestTest } from '../vm/model.ts';
import { nameDrops, reasonNames } from './drops.ts';
import type { Outcome } from './ktap/index.ts';
import type { Attempt, Boot } from './model.ts';
import { ProgramReader } from './program.ts';

/** What a boot was asked to do, as `test` numbers of its events count it. */
export interface BootJob {
  cell: string;
  variant: string;
  boot: number;
  tests: readonly GuestTest[];
  /** Attempt number of each test, from 1. */
  attempts: readonly number[];
}

/** Called for every leaf result as its line appears. */
export type OnResult = (name: string, outcome: Outcome) => void;

/** What the guest told of itself. */
export interface Collected {
  release: string | null;
  /** See `Boot.reasons`. */
  reasons: string[] | null;
  attempts: Attempt[];
  /** See `Boot.quiet`. */
  quiet: Boot['quiet'];
}

/** Folds the guest's events of one boot into attempts. Feed it live; the events may end anywhere. */
export class BootCollector {
  readonly #job: BootJob;
  readonly #onResult: OnResult;
  readonly #attempts: Attempt[] = [];
  #hello: Extract<GuestEvent, { type: 'hello' }> | null = null;
  #running: { test: number; startedAt: number; reader: ProgramReader } | null = null;
  #quiet: Pick<Extract<GuestEvent, { type: 'quiet' }>, 'ms' | 'drops'> | null = null;
  #lastAt = 0;

  constructor(job: BootJob, onResult: OnResult = () => undefined) {
    this.#job = job;
    this.#onResult = onResult;
  }

  push(event: GuestEvent): void {
    this.#lastAt = event.at;
    switch (event.type) {
      case 'hello':
        this.#hello = event;
        break;
      case 'test-started': {
        const program = this.#job.tests[event.test]?.id;
        if (program === undefined) break;
        const reader = new ProgramReader(program, this.#onResult);
        this.#running = { test: event.test, startedAt: event.at, reader };
        break;
      }
      case 'output':
        if (this.#running?.test === event.test) this.#running.reader.push(event.data);
        break;
      case 'test-finished':
        if (this.#running?.test === event.test) this.#finishTest(event);
        break;
      case 'quiet':
        this.#quiet = { ms: event.ms, drops: event.drops };
        break;
      case 'note':
      case 'end':
        break;
      default:
        // A newer agent's event.
        event satisfies never;
    }
  }

  /**
   * Ends the boot. A test still in flight was cut off: by a panic its unfinished leaf has
   * crashed, by a timeout it has timed out; a lost VM says nothing about it at all.
   */
  finish(end: BootEnd): Collected {
    const running = this.#running;
    if (running !== null) {
      this.#attempts.push({
        ...this.#place(running.test),
        durationMs: this.#lastAt - running.startedAt,
        exit: null,
        ...running.reader.cutOff(end),
        drops: null,
        dropsLost: null,
      });
      this.#running = null;
    }
    return {
      release: this.#hello?.release ?? null,
      reasons: reasonNames(this.#hello?.dropTable ?? null),
      attempts: this.#attempts,
      quiet:
        this.#quiet === null
          ? null
          : {
              ms: this.#quiet.ms,
              drops: nameDrops(this.#quiet.drops, this.#hello?.dropTable ?? null),
            },
    };
  }

  #finishTest(event: Extract<GuestEvent, { type: 'test-finished' }>): void {
    if (this.#running === null) return;
    const { test, startedAt, reader } = this.#running;
    const exit = { exitCode: event.exitCode, signal: event.signal, timedOut: event.timedOut };
    this.#attempts.push({
      ...this.#place(test),
      durationMs: event.at - startedAt,
      exit,
      ...reader.finish(exit),
      drops: nameDrops(event.drops, this.#hello?.dropTable ?? null),
      dropsLost: event.dropsLost,
    });
    this.#running = null;
  }

  #place(test: number): Pick<Attempt, 'cell' | 'variant' | 'boot' | 'program' | 'attempt'> {
    const { cell, variant, boot, tests, attempts } = this.#job;
    return { cell, variant, boot, program: tests[test]?.id ?? '', attempt: attempts[test] ?? 1 };
  }
}
