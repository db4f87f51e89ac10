// SPDX-License-Identifier: MIT
import type { RunEvent } from '../events.ts';
import type { CellRecord, KernelRecord } from './model.ts';
import type { ShardHead } from './shards.ts';

/** The events that begin a merged stream: one run's head, every cell and kernel once. `time` is 0: no clock ran. */
export function mergedHead(heads: readonly ShardHead[], argv: readonly string[]): RunEvent[] {
  const [first] = heads;
  if (first === undefined) return [];
  const proof = heads.find((it) => it.proof !== null)?.proof ?? null;
  return [
    {
      time: 0,
      type: 'run-started',
      tool: first.tool,
      argv,
      host: mergedHost(heads),
      seed: first.seed,
      startedAt: heads.map((it) => it.startedAt).toSorted()[0] ?? '',
    },
    ...(proof === null ? [] : [{ time: 0, type: 'proof-loaded' as const, proof }]),
    ...mergedCells(heads).map((cell) => ({ time: 0, type: 'cell-planned' as const, cell })),
    ...mergedKernels(heads).map((kernel) => ({ time: 0, type: 'kernel-built' as const, kernel })),
  ];
}

/** Where the machines differ, every value is told. */
function mergedHost(heads: readonly ShardHead[]): Record<string, string> {
  const names = new Set(heads.flatMap((it) => Object.keys(it.host)));
  return Object.fromEntries(
    [...names].map((name) => {
      const values = new Set(heads.flatMap((it) => it.host[name] ?? []));
      return [name, [...values].join(' / ')] as const;
    }),
  );
}

function mergedCells(heads: readonly ShardHead[]): CellRecord[] {
  const groups = Object.values(
    Object.groupBy(
      heads.flatMap((it) => it.cells),
      (it) => it.id,
    ),
  );
  return groups.flatMap((group) => {
    const [first] = group ?? [];
    if (group === undefined || first === undefined) return [];
    const { allPrograms, ...cell } = first;
    const candidates = new Map(
      group.flatMap((it) => it.candidates).map((it) => [it.name, it] as const),
    );
    // What no shard ran is planned all the same, so that judging misses it.
    const programs = allPrograms ?? [...new Set(group.flatMap((it) => it.programs))];
    return [{ ...cell, candidates: [...candidates.values()], programs }];
  });
}

function mergedKernels(heads: readonly ShardHead[]): KernelRecord[] {
  const kernels = new Map<string, KernelRecord>();
  for (const kernel of heads.flatMap((it) => it.kernels)) {
    const place = `${kernel.cell} ${kernel.variant}`;
    // The machine that compiled it knows what that took.
    if (!kernels.has(place) || !kernel.cached) kernels.set(place, kernel);
  }
  return [...kernels.values()];
}

/**
 * Makes the events of several shards those of one run: boots and attempts are numbered on, a
 * failure that several shards met is told once, and what only a live view needs is left out. An
 * event it does not know goes through as it is.
 */
export class Rejoiner {
  readonly #boots = new Map<string, number>();
  readonly #attempts = new Map<string, number>();
  readonly #failures = new Set<string>();
  /** Number of each boot of the present shard in the merged run. */
  #present = new Map<string, number>();
  #folder = '';

  /** `folder` leads from the merged run directory to the shard's. */
  startShard(folder: string): void {
    this.#present = new Map();
    this.#folder = folder;
  }

  push(event: RunEvent): RunEvent | null {
    switch (event.type) {
      case 'boot-finished': {
        const { boot } = event;
        const consoleFile = `${this.#folder}/${boot.consoleFile}`;
        return { ...event, boot: { ...boot, boot: this.#bootNumber(boot), consoleFile } };
      }
      case 'attempt-finished': {
        const { attempt: it } = event;
        const place = `${it.cell} ${it.variant} ${it.program}`;
        const attempt = (this.#attempts.get(place) ?? 0) + 1;
        this.#attempts.set(place, attempt);
        return { ...event, attempt: { ...it, attempt, boot: this.#bootNumber(it) } };
      }
      case 'variant-failed': {
        const { cell, variant, code, message } = event.failure;
        const failure = JSON.stringify([cell, variant, code, message]);
        if (this.#failures.has(failure)) return null;
        this.#failures.add(failure);
        return event;
      }
      case 'run-started':
      case 'proof-loaded':
      case 'cell-planned':
      case 'kernel-built':
      case 'stage-started':
      case 'stage-progress':
      case 'stage-finished':
      case 'stage-failed':
      case 'test-result':
      case 'run-interrupted':
      case 'run-finished':
        return null;
      case 'note':
      case 'stopped-early':
      case 'shards-merged':
        return event;
      default:
        // A newer version's event.
        return event satisfies never;
    }
  }

  #bootNumber(it: { cell: string; variant: string; boot: number }): number {
    const place = `${it.cell} ${it.variant}`;
    const own = `${place} ${it.boot}`;
    const known = this.#present.get(own);
    if (known !== undefined) return known;
    const next = (this.#boots.get(place) ?? 0) + 1;
    this.#boots.set(place, next);
    this.#present.set(own, next);
    return next;
  }
}
