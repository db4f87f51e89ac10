// SPDX-License-Identifier: MIT
import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';
import type { GuestEvent } from './model.ts';

const at = z.number();
const test = z.number().int().nonnegative();
const counts = z.record(z.string(), z.number()).nullable();

const guestEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    at,
    release: z.string(),
    machine: z.string(),
    cpus: z.number(),
    dropTable: z.record(z.string(), z.string()).nullable(),
  }),
  z.object({ type: z.literal('test-started'), at, test }),
  z.object({ type: z.literal('output'), at, test, data: z.string() }),
  z.object({
    type: z.literal('test-finished'),
    at,
    test,
    exitCode: z.number().nullable(),
    signal: z.number().nullable(),
    timedOut: z.boolean(),
    drops: counts,
    dropsLost: z.number().nullable(),
  }),
  z.object({ type: z.literal('note'), at, text: z.string() }),
  z.object({ type: z.literal('quiet'), at, ms: z.number(), drops: counts }),
  z.object({ type: z.literal('end'), at }),
]);

/** One line of the agent's stream, or null when it is none: the guest's word is not trusted. */
function parseGuestEvent(line: string): GuestEvent | null {
  try {
    return guestEvent.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

/**
 * Reads the agent's lines. On the line, output has one character a byte; here it becomes text,
 * also where a character is split over two events. Bytes that are no UTF-8 become U+FFFD.
 */
export class GuestEventReader {
  #decoder = new StringDecoder('utf8');

  /** The events of one line; null when it is no line of the agent's: what it said is lost. */
  read(line: string): GuestEvent[] | null {
    const event = parseGuestEvent(line);
    if (event === null) return null;
    if (event.type === 'output') {
      const data = this.#decoder.write(Buffer.from(event.data, 'latin1'));
      return data === '' ? [] : [{ ...event, data }];
    }
    if (event.type === 'test-finished') {
      const data = this.#decoder.end();
      if (data !== '') return [{ type: 'output', at: event.at, test: event.test, data }, event];
    }
    return [event];
  }
}
