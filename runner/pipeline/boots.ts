// SPDX-License-Identifier: MIT
import path from 'node:path';
import pLimit from 'p-limit';
import type { StageContext } from '../events.ts';
import { interrupted } from '../kernel/stage.ts';
import type { BuiltKernel } from '../kernel/model.ts';
import { base, type Selection } from '../proof/model.ts';
import type { Verdict } from '../verdict/model.ts';
import type { GuestTest } from '../vm/model.ts';
import { bootOnce, type BootSettings } from './boot.ts';
import { failedSoFar, nextTests, type Rounds } from './rounds.ts';

/** What a cell boots. */
export interface BootsRequest extends BootSettings {
  /** `base` first. */
  sides: readonly { variant: string; kernel: BuiltKernel; tests: readonly GuestTest[] }[];
  /** Those sides that the verdict is about; the others are mutants. */
  candidates: readonly string[];
  selection: Selection;
  rounds: Rounds;
  /** Judges what the cell has given up to now. */
  soFar: () => Verdict;
  /** VMs at once. */
  vms: number;
  /** `cells/<id>` of the run directory. */
  folder: string;
}

/** One side on its way through the rounds. */
interface State {
  variant: string;
  kernel: BuiltKernel;
  tests: readonly GuestTest[];
  boots: number;
  attempts: Map<string, number>;
  todo: readonly GuestTest[];
  /** It did not boot, and is tried once more before that counts. */
  pending: boolean;
  /** No further round, whatever is left to do. */
  over: boolean;
}

/**
 * Runs the tests on every variant in rounds, each in a fresh VM, base first, so that both sides
 * meet the same conditions. A kernel that does not reach its first test is tried twice, and then
 * that is what it does. Returns false when the person wanted the run to end here.
 */
export async function runBoots(request: BootsRequest, context: StageContext): Promise<boolean> {
  const limit = pLimit(request.vms);
  const states = request.sides.map((side): State => ({
    ...side,
    boots: 0,
    attempts: new Map(),
    todo: side.tests,
    pending: false,
    over: false,
  }));
  for (let round = 1; states.some(({ todo }) => todo.length > 0); round++) {
    const work = states.filter(({ todo }) => todo.length > 0);
    // All boots of a round end before an error leaves here: none may emit into a closed stream.
    const ended = await Promise.allSettled(
      work.map((state) =>
        limit(async () => {
          if (!context.signal.aborted) await bootState(state, round, request, context);
        }),
      ),
    );
    if (context.signal.aborted) throw interrupted();
    const failed = ended.find((boot) => boot.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    if (stopAfter(round, states, request, context)) return false;
  }
  return true;
}

async function bootState(
  state: State,
  round: number,
  request: BootsRequest,
  context: StageContext,
): Promise<void> {
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
  state.pending = booted.failure !== null && booted.failure.mayRepeat && round === 1;
  state.todo = state.pending
    ? state.tests
    : nextTests(request.rounds, request.selection, round, state.tests, booted);
  if (booted.failure === null || state.pending) return;
  state.over = true;
  context.emit({ type: 'variant-failed', failure: { ...booted.failure.facts, times: boot } });
}

/** Takes from the sides what needs no further round; true when the whole run is to end. */
function stopAfter(
  round: number,
  states: readonly State[],
  { candidates: judged, rounds, soFar }: BootsRequest,
  context: StageContext,
): boolean {
  const after = `after round ${round} of ${context.cell}`;
  const tell = (why: string): void => context.emit({ type: 'stopped-early', why });
  const candidates = states.filter(({ variant }) => judged.includes(variant));
  if ((rounds.untilFail || rounds.failFast) && !states.some(({ pending }) => pending)) {
    const names = candidates.filter(({ over }) => !over).map(({ variant }) => variant);
    const { givenUp, waitedFor } = failedSoFar(rounds, soFar(), names);
    if (waitedFor.length > 0) {
      tell(`Stopped ${after} by --until-fail: ${waitedFor.join(', ')} is not proved.`);
      return true;
    }
    for (const name of givenUp) tell(`No further attempt of ${name} ${after}: --fail-fast.`);
    for (const it of candidates) it.over ||= givenUp.includes(it.variant);
  }
  // A comparison gains nothing from a side whose other side is gone for good.
  const ended =
    candidates.every(({ over }) => over) || states.some((it) => it.variant === base && it.over);
  for (const it of states) if (it.over || ended) it.todo = [];
  return rounds.failFast && candidates.every(({ over }) => over);
}
