// SPDX-License-Identifier: MIT
import { z } from 'zod';
import { OUTCOMES } from '../evidence/ktap/index.ts';
import { imageNames } from '../proof/model.ts';
import { maxTimelineLines } from '../evidence/timeline.ts';

const text = z.string();
const texts = z.array(text);
const words = z.record(text, text);
const whole = z.int().nonnegative();
const counts = z.record(text, whole).nullable();
const place = { cell: text, variant: text.describe('base or the name of a candidate or mutant.') };

const splat = z.object({
  kind: text.describe('warning, bug, kasan, lockdep, panic and the like.'),
  title: text,
  lines: texts,
  test: text.nullable().describe('The program in flight; null: the boot.'),
});

const result = z.object({
  name: text.describe('collection:program/leaf path.'),
  outcome: z.enum(OUTCOMES),
  reason: text.nullable().describe("SKIP's or XFAIL's."),
  diagnostics: texts.describe('Capped.'),
  counters: z
    .record(text, z.union([whole, text]))
    .describe("Of the test's own # counters: lines; absent or untraced where it has no number."),
  timeline: texts
    .max(maxTimelineLines)
    .exactOptional()
    .describe("Its # timeline: lines, in the form of the suite's lib/timeline.h."),
});

const attempt = z.object({
  ...place,
  program: text.describe('collection:program.'),
  attempt: z.int().positive(),
  boot: z.int().positive(),
  durationMs: z.number(),
  exit: z
    .object({
      exitCode: z.int().nullable(),
      signal: z.int().nullable(),
      timedOut: z.boolean(),
    })
    .nullable()
    .describe('null: the guest went away before.'),
  results: z.array(result),
  problems: texts.describe('What is irregular in its KTAP.'),
  drops: counts.describe('By reason without SKB_DROP_REASON_; null: not counted.'),
  dropsLost: whole.nullable().describe('Events the count had no room for.'),
});

const boot = z.object({
  ...place,
  boot: z.int().positive(),
  release: text.nullable(),
  accelerator: text,
  durationMs: z.number(),
  end: z.object({ kind: text, detail: text }),
  reasons: texts.nullable().describe('Drop reasons this kernel has; null: unknown.'),
  splats: z.array(splat),
  quiet: z
    .object({ ms: z.number(), drops: counts })
    .nullable()
    .describe('Drops while no test ran.'),
  consoleFile: text.describe('Relative to the run directory.'),
  image: text.exactOptional().describe("The guest image's key in the cache."),
  consoleTail: texts.exactOptional(),
});

const kernel = z.object({
  ...place,
  release: text,
  imageHash: text,
  key: text,
  cached: z.boolean(),
  objects: whole,
  durationMs: z.number(),
  lacks: texts
    .exactOptional()
    .describe("Config symbols of the kernel's own tests that it cannot have, with the reason."),
});

const candidate = {
  name: text,
  patch: text.describe("Its file's name; empty: the kernel is that of base."),
  subject: text,
  hash: text,
  givenHash: text.exactOptional().describe('Of the patch before it was made to fit.'),
  files: texts,
  note: text.nullable(),
  insteadOf: text.exactOptional(),
  text: text.exactOptional(),
  environment: words.exactOptional(),
  tests: texts.exactOptional().describe('Globs over the only tests that are run on it.'),
};

const mutant = z.object({
  ...candidate,
  text: text.describe('What is wrong with it.'),
  tests: texts,
  programs: texts,
  leftOut: texts,
});

const cell = z.object({
  id: text,
  kernel: text,
  profile: text,
  config: texts.exactOptional(),
  makeWords: texts.exactOptional(),
  series: text,
  kernelVersion: text,
  origin: text,
  sourceHash: text,
  candidates: z.array(z.object(candidate)),
  mutants: z.array(mutant).exactOptional(),
  programs: texts.describe('Those that are run.'),
  selection: z.object({ filter: texts, exclude: texts }).exactOptional(),
  leftOut: texts.exactOptional(),
  allPrograms: texts.exactOptional().describe('In a shard: those of all shards.'),
  image: z.enum(imageNames).exactOptional().describe("The guest's root; absent: agent."),
  collections: z.array(z.object({ name: text, folder: text })).exactOptional(),
});

const failure = z.object({
  ...place,
  stage: z.enum(['source', 'patch', 'build', 'boot', 'vm', 'test']),
  code: text,
  message: text,
  evidence: texts,
  remedy: text,
  log: text.exactOptional(),
  times: whole,
});

const scope = {
  text,
  match: text,
  series: texts.exactOptional(),
  only: texts.exactOptional(),
  except: texts.exactOptional(),
};
const outcome = z.enum(['pass', 'fail']);
const dropCount = z.enum(['absent', 'zero', 'some']);
const expectation = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('tests'),
    ...scope,
    base: outcome.exactOptional(),
    candidate: outcome.exactOptional(),
  }),
  z.object({
    kind: z.literal('drops'),
    ...scope,
    reason: text,
    base: dropCount.exactOptional(),
    candidate: z.union([dropCount, z.templateLiteral(['counter:', z.string()])]).exactOptional(),
  }),
]);

const proof = z.object({
  name: text,
  title: text,
  expectations: z.array(expectation),
  knownHarm: z.array(z.object({ patch: z.union([text, texts]), match: text, reason: text })),
  leftOut: texts.exactOptional().describe('Expectations whose tests were replaced.'),
  mutants: texts.exactOptional(),
});

/** The shape of evidence.json. Readers should take unknown keys as additions. */
export const evidenceSchema = z
  .object({
    version: z.literal(1),
    tool: text.describe('The version of patchproof.'),
    argv: texts,
    host: words,
    seed: text,
    startedAt: text.describe('ISO 8601.'),
    proof: proof.nullable(),
    cells: z.array(cell),
    kernels: z.array(kernel),
    boots: z.array(boot),
    attempts: z.array(attempt),
    failures: z.array(failure),
    stopped: texts.describe('Why the run ended before its plan was done, as was asked for.'),
    interrupted: z.boolean(),
    finished: z.boolean(),
    shard: z
      .object({ index: z.int().positive(), total: z.int().positive() })
      .exactOptional()
      .describe('Only a part of a run.'),
    shardProblems: texts.exactOptional().describe('Of a merged run.'),
  })
  .meta({ title: 'patchproof evidence, version 1' });

/** The JSON Schema of evidence.json; evidence.schema.json beside this file is its text. */
export function evidenceJsonSchema(): object {
  return z.toJSONSchema(evidenceSchema, { io: 'input' });
}
