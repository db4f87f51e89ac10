// SPDX-License-Identifier: MIT
import type { RunRecord } from '../../runner/evidence/model.ts';
import { timelineOf } from '../fixtures/timeline/lines.ts';
import { proved } from './sample.ts';

const seen = { base: timelineOf('stall'), patched: timelineOf('frozen') };

/** The proved run, whose handover tests recorded what became of each segment. */
export const raced: RunRecord = {
  ...proved,
  attempts: proved.attempts.map((attempt) => ({
    ...attempt,
    results: attempt.results.map((result) =>
      result.name.includes('handover')
        ? { ...result, timeline: attempt.variant === 'base' ? seen.base : seen.patched }
        : result,
    ),
  })),
};
