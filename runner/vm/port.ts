// SPDX-License-Identifier: MIT
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';

/** The host's end of the agent's port. */
export interface GuestPort {
  /** Resolves when everything that QEMU sent has been handed on; call it once QEMU is gone. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

/** A line longer than this is none of the agent's: its buffer has 64 KiB. */
const maxLine = 1 << 20;

/**
 * Listens for QEMU's chardev on the UNIX socket `name` in a folder and hands on each line. The
 * folder is reached through its file descriptor: a socket's path has room for 107 bytes.
 */
export async function listenForGuest(
  folder: string,
  name: string,
  onLine: (line: string) => void,
): Promise<GuestPort> {
  const handle = await open(folder);
  let socket: Socket | undefined;
  let ended = Promise.resolve();
  const server = createServer((connection) => {
    socket = connection;
    let rest = '';
    connection.setEncoding('utf8');
    connection.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = (lines.pop() ?? '').slice(0, maxLine);
      lines.forEach(onLine);
    });
    ended = new Promise((resolve) => connection.once('close', () => resolve()));
    // QEMU killed in mid-write resets the connection; what had come has been handed on.
    connection.on('error', () => connection.destroy());
    server.close();
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(`/proc/self/fd/${handle.fd}/${name}`, resolve);
    });
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    async drained() {
      // A connection made just before QEMU went may still wait to be accepted.
      await setImmediate();
      await ended;
    },
    async close() {
      socket?.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
      await handle.close();
    },
  };
}
