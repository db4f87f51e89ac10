// SPDX-License-Identifier: MIT
import { z } from 'zod';
import type { Patch } from '../model.ts';

const check = z.object({
  kernel: z.string().describe('The version that its Makefile states.'),
  origin: z.string(),
  result: z.enum(['applies', 'already applied', 'does not apply']),
  way: z.enum(['exact', 'offset', 'three-way', 'fuzz']).nullable(),
  details: z.array(z.string()).describe('What stood elsewhere, was merged or lost context.'),
  refused: z
    .array(
      z.object({
        path: z.string(),
        hunk: z.int().positive().nullable().describe('Within its file; null: the whole file.'),
        lines: z
          .array(z.string())
          .describe("A sentence, then the hunk's lines (-) and the file's (+)."),
      }),
    )
    .describe('Every hunk that does not fit.'),
  variant: z.string().nullable().describe('A ready-made patch for this kernel.'),
});

/** What `patchproof patch --json` prints. Readers should take unknown keys as additions. */
export const patchSchema = z
  .object({
    version: z.literal(1),
    name: z.string(),
    subject: z.string(),
    hash: z.string().describe('sha256 of the diff without its index lines.'),
    files: z.array(z.string()),
    patch: z.string().describe('What git apply takes.'),
    repairs: z.array(
      z.object({
        place: z.string().describe('file:line'),
        kind: z.enum(['joined', 'white space', 'lost blank', 'skipped']),
        before: z.string(),
        after: z.string(),
      }),
    ),
    doubts: z.array(
      z.object({
        place: z.string(),
        about: z.enum(['content', 'context', 'white space']),
        text: z.string(),
      }),
    ),
    notes: z.array(z.string()),
    check: check.nullable().describe('null without --check'),
  })
  .meta({ title: 'patchproof patch, version 1' });

/** The part of the document that --check adds. */
export type CheckJson = z.infer<typeof check>;

/** A patch as the document that `--json` prints. */
export function toJson(patch: Patch, result: CheckJson | null): z.infer<typeof patchSchema> {
  const { name, subject, hash, files, text, repairs, doubts, notes } = patch;
  return {
    version: 1,
    name,
    subject,
    hash,
    files: [...files],
    patch: text,
    repairs: [...repairs],
    doubts: [...doubts],
    notes: [...notes],
    check: result,
  };
}

/** The JSON Schema of that document; patch.schema.json beside this file is its text. */
export function patchJsonSchema(): object {
  return z.toJSONSchema(patchSchema, { io: 'input' });
}
