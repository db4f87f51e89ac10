// SPDX-License-Identifier: MIT
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { RunEvent } from '../events.ts';

/** The event stream of a run directory. */
export function streamFile(folder: string): string {
  return path.join(folder, 'events.jsonl');
}

/**
 * The events of a stream, read line by line: it is never held as a whole. A last line that the
 * runner's death cut short is left out; any other line that is no event is an error, because
 * what it said is lost. So is a stream in which no run has started.
 */
export async function* eventsIn(file: string): AsyncGenerator<RunEvent> {
  const input = createReadStream(file, 'utf8');
  try {
    let broken: Error | undefined;
    let number = 0;
    let started = false;
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      number++;
      if (line === '') continue;
      if (broken !== undefined) throw broken;
      const event = parse(line);
      if (event === undefined) broken = new Error(`${path.basename(file)}:${number} is no event`);
      else {
        started ||= event.type === 'run-started';
        yield event;
      }
    }
    if (!started) throw new Error(`no run has started in its ${path.basename(file)}`);
  } finally {
    input.destroy();
  }
}

function parse(line: string): RunEvent | undefined {
  try {
    const value = JSON.parse(line) as RunEvent | null;
    return typeof value?.type === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
