// SPDX-License-Identifier: MIT
import { createServer, type Socket } from 'node:net';
import type { GuestEvent } from './model.ts';
import { parseGuestEvent } from './guest-events.ts';

/** The host's end of the agent's port. */
export interface GuestPort {
  path: string;
  /** Resolves when everything that QEMU sent has been handed on; call it once QEMU is gone. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

/** A line longer than this is none of the agent's: its buffer has 64 KiB. */
const maxLine = 1 << 20;

/**
 * Listens on a UNIX socket for QEMU's chardev and hands on each line with the event it holds,
 * or null for one that holds none.
 */
export async function listenForGuest(
  path: string,
  onLine: (line: string, event: GuestEvent | null) => void,
): Promise<GuestPort> {
  let socket: Socket | undefined;
  let ended = Promise.resolve();
  const server = createServer((connection) => {
    socket = connection;
    let rest = '';
    connection.setEncoding('utf8');
    connection.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = (lines.pop() ?? '').slice(0, maxLine);
      for (const line of lines) onLine(line, parseGuestEvent(line));
    });
    ended = new Promise((resolve) => connection.once('close', () => resolve()));
    // QEMU killed in mid-write resets the connection; what had come has been handed on.
    connection.on('error', () => connection.destroy());
    server.close();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    path,
    drained: () => ended,
    async close() {
      socket?.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
