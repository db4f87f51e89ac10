// SPDX-License-Identifier: MIT
import path from 'node:path';
import pLimit from 'p-limit';
import type { StageContext } from '../events.ts';
import type { Attempt } from '../evidence/model.ts';
import { timingKinds } from '../evidence/splat-patterns.ts';
import { interrupted } from '../kernel/stage.ts';
import type { BuiltKernel } from '../kernel/model.ts';
import type { GuestTest } from '../vm/model.ts';
import { bootOnce, type BootSettings, type Booted } from './boot.ts';

/** What a cell boots. */
export interface BootsRequest extends BootSettings {
  /** Variant to kernel; `base` first. */
  kernels: ReadonlyMap<string, BuiltKernel>;
  tests: readonly GuestTest[];
  /** VMs at once. */
  vms: number;
  /** `cells/<id>` of the run directory. */
  folder: string;
}

/**
 * Runs the tests on every variant in rounds, base first in each, so that both sides meet the
 * same conditions. Round one runs everything; round two gives what did not pass one more
 * attempt in a fresh VM, which is how a flake shows. A kernel that does not reach its first
 * test is tried twice, and then that is what it does.
 */
export async function runBoots(request: BootsRequest, context: StageContext): Promise<void> {
  const limit = pLimit(request.vms);
  const states = [...request.kernels].map(([variant, kernel]) => ({
    variant,
    kernel,
    boots: 0,
    attempts: new Map<string, number>(),
    todo: request.tests,
  }));
  for (let round = 1; round <= 2; round++) {
    const work = states.filter(({ todo }) => todo.length > 0);
    // All boots of a round end before an error leaves here: none may emit into a closed stream.
    const ended = await Promise.allSettled(
      work.map((state) =>
        limit(async () => {
          if (context.signal.aborted) return;
          const boot = ++state.boots;
          const attempts = state.todo.map(({ id }) => {
            const next = (state.attempts.get(id) ?? 0) + 1;
            state.attempts.set(id, next);
            return next;
          });
          const booted = await bootOnce(
            request,
            {
              variant: state.variant,
              kernel: state.kernel,
              tests: state.todo,
              attempts,
              boot,
              folder: path.join(request.folder, state.variant, `boot-${boot}`),
            },
            context,
          );
          // The boot's own record stays; that it was stopped is nobody's failure.
          if (context.signal.aborted) return;
          state.todo = round === 1 ? again(booted, state.todo) : [];
          if (booted.failure !== null && (round === 2 || !booted.failure.mayRepeat)) {
            state.todo = [];
            context.emit({
              type: 'variant-failed',
              failure: { ...booted.failure.facts, times: boot },
            });
          }
        }),
      ),
    );
    if (context.signal.aborted) throw interrupted();
    const failed = ended.find((boot) => boot.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

/**
 * The tests that deserve a second attempt: those that ran and did not pass, or never ran; all
 * of them where the console showed what a starved host can cause.
 */
function again(booted: Booted, tests: readonly GuestTest[]): readonly GuestTest[] {
  if (booted.splats.some(({ kind }) => timingKinds.has(kind))) return tests;
  const passed = new Set(booted.attempts.filter(isClean).map(({ program }) => program));
  return tests.filter(({ id }) => !passed.has(id));
}

function isClean(attempt: Attempt): boolean {
  const settled = new Set(['pass', 'skip', 'xfail']);
  return (
    attempt.problems.length === 0 && attempt.results.every(({ outcome }) => settled.has(outcome))
  );
}
