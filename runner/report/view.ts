// SPDX-License-Identifier: MIT
import type { WriteStream } from 'node:tty';
import type { RunEvent } from '../events.ts';
import { plainProgress } from './plain.ts';

/** Something that shows a run while it goes on. */
export interface View {
  listen(event: RunEvent): void;
  /** Leaves the terminal as it was. */
  close(): Promise<void>;
}

const leastColumns = 40;

/** What a view needs of a stream; process.stderr is one. */
export type ViewStream = Pick<WriteStream, 'write'> & { isTTY?: boolean; columns?: number };

/** A live view on a terminal, plain lines elsewhere. listr2 is loaded only for the former. */
export async function openView(
  stream: ViewStream,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<View> {
  const live =
    stream.isTTY === true &&
    // A terminal without a size (serial lines, some CI) has 0 columns.
    (stream.columns ?? 0) >= leastColumns &&
    environment['TERM'] !== 'dumb' &&
    environment['CI'] === undefined;
  if (!live) {
    const listen = plainProgress((line) => stream.write(line));
    return { listen, close: () => Promise.resolve() };
  }
  const { LiveView } = await import('./live.ts');
  return new LiveView(stream as WriteStream);
}
