// SPDX-License-Identifier: MIT
import type { RunEvent, Stage, Where } from '../events.ts';
import { tally } from './plain.ts';
import { plainLine } from './text.ts';

/** The parts of a cell as the live view shows them, in the order in which they come. */
export const phaseTitles = [
  'Kernel source',
  'Selftests',
  'Kernels',
  'Guest image',
  'Tests',
] as const;

const phaseOf: Readonly<Record<Stage, number>> = {
  source: 0,
  selftests: 1,
  patch: 2,
  configure: 2,
  build: 2,
  image: 3,
  boot: 4,
  test: 4,
};

/** One line of the view: a phase, or a variant's part of it. */
export interface Line {
  text: string;
  state: 'going' | 'done' | 'failed';
}

/** A phase, and its parts where both sides have one of their own. */
export interface Phase {
  line: Line;
  variants: Map<string, Line>;
}

/** What the view shows of one cell; plain data, so that it can be tested without a terminal. */
export class CellProgress {
  readonly cell: string;
  readonly phases: readonly Phase[] = phaseTitles.map(() => ({
    line: { text: '', state: 'going' as const },
    variants: new Map(),
  }));
  /** The phase that is going on; all before it are over. */
  current = 0;
  /** Nothing more will come. */
  over = false;
  readonly #outcomes = new Map<string, string[]>();

  constructor(cell: string) {
    this.cell = cell;
  }

  take(event: RunEvent): void {
    switch (event.type) {
      case 'cell-planned':
        for (const name of ['base', ...event.cell.candidates.map((it) => it.name)]) {
          this.#line(2, name);
          this.#line(4, name);
        }
        break;
      case 'stage-started':
        this.#say(event.where, event.title);
        break;
      case 'stage-progress': {
        // The tally of results says more than a count of them.
        if (event.where.stage === 'test') break;
        const total = event.total === null ? '' : ` of ${event.total}`;
        this.#say(event.where, `${stagePrefix(event.where)}${event.done}${total} ${event.detail}`);
        break;
      }
      case 'stage-finished':
        this.#say(
          event.where,
          stagePrefix(event.where) + (event.detail === '' ? 'done' : event.detail),
        );
        break;
      case 'stage-failed':
        this.#say(event.where, event.message).state = 'failed';
        break;
      case 'test-result': {
        const key = event.where.variant ?? '';
        const outcomes = this.#outcomes.get(key) ?? [];
        this.#outcomes.set(key, outcomes);
        outcomes.push(event.outcome);
        this.#say(event.where, `${tally(outcomes)}; ${event.name}`);
        break;
      }
      case 'run-interrupted': {
        const { line, variants } = this.phases[this.current] as Phase;
        for (const it of variants.size > 0 ? variants.values() : [line]) {
          if (it.state !== 'going') continue;
          it.state = 'failed';
          it.text = `interrupted; ${it.text}`;
        }
        break;
      }
      case 'run-started':
      case 'proof-loaded':
      case 'kernel-built':
      case 'boot-finished':
      case 'attempt-finished':
      case 'variant-failed':
      case 'note':
      case 'stopped-early':
      case 'shards-merged':
      case 'run-finished':
        break;
    }
  }

  #say(where: Where, text: string): Line {
    const phase = phaseOf[where.stage];
    if (phase > this.current) this.current = phase;
    const line = this.#line(phase, where.variant);
    line.text = plainLine(text);
    // A stage that goes on again (a second try, a retried test) is not failed any more.
    line.state = 'going';
    return line;
  }

  #line(phase: number, variant: string | null): Line {
    const { line, variants } = this.phases[phase] as Phase;
    if (variant === null || (phase !== 2 && phase !== 4)) return line;
    const own = variants.get(variant) ?? { text: '', state: 'going' as const };
    variants.set(variant, own);
    return own;
  }
}

/** Kernels go through several stages; the other phases say by their title which one it is. */
function stagePrefix(where: Where): string {
  return phaseOf[where.stage] === 2 ? `${where.stage}: ` : '';
}

/** The cell that an event belongs to; undefined for what concerns the whole run. */
export function cellOf(event: RunEvent): string | undefined {
  if ('where' in event) return event.where.cell;
  return event.type === 'cell-planned' ? event.cell.id : undefined;
}
