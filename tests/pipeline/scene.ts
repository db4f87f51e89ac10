// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RunOutcome } from '../../runner/pipeline/run.ts';
import { exitCodeOf } from '../../runner/verdict/exit.ts';
import { write } from '../kernel/helpers.ts';
import type { Script } from './script.ts';
import { patchText, play, warmStage, type Stage } from './stage.ts';

/** What a run came to, short enough to compare. */
export function told({ record, verdict }: RunOutcome): object {
  return {
    overall: verdict.overall,
    exit: exitCodeOf(verdict),
    failures: record.failures.map(({ variant, stage, code, times }) => ({
      variant,
      stage,
      code,
      times,
    })),
  };
}

/** Why the candidate has its verdict. */
export const reasons = ({ verdict }: RunOutcome): string =>
  (verdict.candidates['patched']?.reasons ?? []).join('\n');

/** What the candidate did to each test. */
export const changes = ({ verdict }: RunOutcome): Record<string, string | undefined> =>
  Object.fromEntries(verdict.tests.map(({ name, change }) => [name, change['patched']]));

/** Boot ends by `variant boot`. */
export const ends = ({ record }: RunOutcome): Record<string, string> =>
  Object.fromEntries(
    record.boots.map(({ variant, boot, end }) => [`${variant} ${boot}`, end.kind]),
  );

/** A run on a stage of its own. */
export async function scene(
  script: Partial<Script>,
  patch?: Parameters<typeof play>[1],
): Promise<{ stage: Stage; outcome: RunOutcome }> {
  const stage = warmStage(script);
  return { stage, outcome: await play(stage, patch) };
}

/** A stage whose proof also has these lines, and a patch for each of these words. */
export function stageWith(
  yaml: string,
  words: readonly string[],
  script: Partial<Script> = {},
  stage = warmStage(script),
): Stage {
  const file = path.join(stage.proof, 'proof.yaml');
  write(stage.proof, {
    'proof.yaml': readFileSync(file, 'utf8') + yaml,
    ...Object.fromEntries(words.map((it) => [`${it}.patch`, patchText(`/* PATCHED_${it} */`)])),
  });
  return stage;
}
