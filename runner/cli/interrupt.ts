// SPDX-License-Identifier: MIT
import { exitCodes } from '../errors.ts';

/**
 * Turns the signals that mean "stop" into an abort. The first one lets the run end its
 * commands and close its record; a second one leaves at once: the guardian of each command
 * kills what is left.
 */
export function stopOnSignals(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const handlers = names.map((name) => {
    const handler = (): void => {
      if (controller.signal.aborted) process.exit(exitCodes.interrupted);
      controller.abort(name);
    };
    process.on(name, handler);
    return { name, handler };
  });
  return {
    signal: controller.signal,
    release: () => {
      for (const { name, handler } of handlers) process.off(name, handler);
    },
  };
}
