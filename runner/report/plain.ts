// SPDX-License-Identifier: MIT
import type { RunEvent, Where } from '../events.ts';
import { duration, plainLine, shorten } from './text.ts';

const maxColumns = 200;

/**
 * The event stream as lines for a log file or a pipe: one at each stage's start and end, and one
 * for each program with its results. No progress in between: a log is read afterwards.
 */
export function plainProgress(write: (line: string) => void): (event: RunEvent) => void {
  const say = (place: string, text: string): void => {
    write(`${shorten(plainLine(place === '' ? text : `${place}: ${text}`), maxColumns)}\n`);
  };
  return (event) => {
    switch (event.type) {
      case 'stage-started':
        say(placeOf(event.where), event.title);
        break;
      case 'stage-finished': {
        const detail = event.detail === '' ? 'done' : event.detail;
        say(
          placeOf(event.where),
          `${event.where.stage}: ${detail} (${duration(event.durationMs)})`,
        );
        break;
      }
      case 'stage-failed':
        say(placeOf(event.where), `${event.where.stage} FAILED: ${event.message}`);
        break;
      case 'attempt-finished': {
        const { cell, variant, program, attempt, results } = event.attempt;
        const again = attempt > 1 ? ` (attempt ${attempt})` : '';
        say(`${cell} ${variant}`, `${program}${again}: ${tally(results.map((it) => it.outcome))}`);
        break;
      }
      case 'variant-failed':
        say(`${event.failure.cell} ${event.failure.variant}`, event.failure.message);
        break;
      case 'note':
        say('', event.text);
        break;
      case 'stopped-early':
        say('', event.why);
        break;
      case 'run-interrupted':
        say('', `interrupted (${event.signal})`);
        break;
      case 'run-started':
      case 'proof-loaded':
      case 'cell-planned':
      case 'stage-progress':
      case 'kernel-built':
      case 'boot-finished':
      case 'test-result':
      case 'shards-merged':
      case 'run-finished':
        break;
    }
  };
}

/** `12 pass, 3 fail`; in the order in which they were first seen. */
export function tally(outcomes: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const parts = [...counts].map(([outcome, n]) => `${n} ${outcome}`);
  return parts.length === 0 ? 'no result' : parts.join(', ');
}

/** `6.12/lean patched`. */
function placeOf(where: Where): string {
  return where.variant === null ? where.cell : `${where.cell} ${where.variant}`;
}
