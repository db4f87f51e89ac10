// SPDX-License-Identifier: MIT
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Emit, RunEvent } from '../events.ts';

/** Where every event goes: stamped, written, then handed to whoever looks on. */
export interface Bus {
  emit: Emit;
  /** Views and collectors. One that throws is dropped and remembered; the run goes on. */
  subscribe(listener: (event: RunEvent) => void): void;
  /** What the dropped listeners threw. */
  readonly listenerErrors: readonly unknown[];
  close(): void;
}

/**
 * Opens the event stream of a run. Every event is on disk before anybody sees it (a plain
 * write, no buffer of our own), so that a killed run leaves a record up to its last moment.
 *
 * @param file events.jsonl
 * @param clock milliseconds since the run began
 */
export function openBus(file: string, clock: () => number): Bus {
  const descriptor = openSync(file, 'ax');
  const listeners = new Set<(event: RunEvent) => void>();
  const listenerErrors: unknown[] = [];
  return {
    listenerErrors,
    emit(body) {
      const event: RunEvent = { time: Math.round(clock()), ...body };
      writeSync(descriptor, `${JSON.stringify(event)}\n`);
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          listeners.delete(listener);
          listenerErrors.push(error);
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
    },
    close() {
      closeSync(descriptor);
    },
  };
}
