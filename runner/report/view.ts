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

/** What a view needs of a stream; process.stderr is one. */
export type ViewStream = Pick<WriteStream, 'write'> & { isTTY?: boolean };

/** A live view on a terminal, plain lines elsewhere. listr2 is loaded only for the former. */
export async function openView(
  stream: ViewStream,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<View> {
  const live =
    stream.isTTY === true && environment['TERM'] !== 'dumb' && environment['CI'] === undefined;
  if (!live) {
    const listen = plainProgress((line) => stream.write(line));
    return { listen, close: () => Promise.resolve() };
  }
  const { LiveView } = await import('./live.ts');
  return new LiveView(stream as WriteStream);
}
