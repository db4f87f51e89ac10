// SPDX-License-Identifier: MIT
import { z } from 'zod';
import { OUTCOMES } from '../evidence/ktap/index.ts';

const overall = z.enum(['proved', 'not proved', 'no verdict']);
const outcome = z.enum([...OUTCOMES, 'absent', 'flaky']);
const change = z.enum([
  'fixed',
  'broken',
  'lost',
  'worse',
  'still failing',
  'still passing',
  'not run',
  'new pass',
  'new fail',
  'flaky',
]);
const place = { kernel: z.string(), profile: z.string() };

/** The shape of verdict.json. Readers should take unknown keys as additions. */
export const verdictSchema = z
  .object({
    version: z.literal(1),
    overall: overall.describe("The best candidate's."),
    candidates: z.record(
      z.string(),
      z.object({
        overall,
        reasons: z.array(z.string()).describe('Sentences, the deciding one first.'),
        expectations: z.array(z.object({ text: z.string(), met: z.boolean(), detail: z.string() })),
        leftOut: z
          .array(z.string())
          .describe('Expectations that --filter and --exclude left nothing of: not judged.'),
        knownHarm: z.array(z.object({ test: z.string(), reason: z.string() })),
      }),
    ),
    mutants: z
      .array(
        z.object({
          name: z.string(),
          text: z.string(),
          kernel: z.string().nullable(),
          profile: z.string().nullable(),
          state: z.enum(['killed', 'alive', 'not judged']),
          by: z.array(z.string()).describe('Tests and drop expectations that tell it apart.'),
          detail: z.string(),
        }),
      )
      .optional()
      .describe('Of a run with --mutants: overall is then whether all are killed.'),
    tests: z.array(
      z.object({
        name: z
          .string()
          .describe('collection:program/test; the program itself; or console:... for a splat.'),
        ...place,
        outcomes: z.record(z.string(), outcome).describe('base and each candidate.'),
        change: z.record(z.string(), change).describe('Each candidate that ran.'),
      }),
    ),
    drops: z.array(
      z.object({
        test: z.string().describe('collection:program'),
        ...place,
        reason: z.string().describe('Without SKB_DROP_REASON_.'),
        counts: z
          .record(z.string(), z.int().nonnegative().nullable())
          .describe('null: the kernel has no such reason, or could not count.'),
      }),
    ),
  })
  .meta({ title: 'patchproof verdict, version 1' });

/** The JSON Schema of verdict.json; verdict.schema.json beside this file is its text. */
export function verdictJsonSchema(): object {
  return z.toJSONSchema(verdictSchema, { io: 'input' });
}
