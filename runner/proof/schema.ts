// SPDX-License-Identifier: MIT
import { z } from 'zod';
import { limits } from './limits.ts';
import { imageNames } from './model.ts';
import { targetSpec } from './test-spec.ts';

/** Names that become file names: candidates, profiles, collections. */
export const safeName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const name = z
  .string()
  .regex(
    safeName,
    'a name is letters, digits, ".", "_" and "-", and begins with a letter or digit',
  );
const sentence = z.string().regex(/\S/, 'must not be empty');
const filePath = z.string().regex(/\S/, 'must name a file or folder');
const glob = z.string().regex(/\S/, 'an empty pattern matches nothing; "*" matches everything');
const series = z
  .array(z.string().regex(/^\d+\.\d+$/, 'a series is two numbers in quotes, like "6.12"'))
  .min(1, 'name at least one series, like ["6.12"]');
const reason = z
  .string()
  .regex(
    /^(?!SKB_DROP_REASON_)[A-Z][A-Z0-9_]*$/,
    'a drop reason without its SKB_DROP_REASON_ prefix',
  );
const wholeNumber = ({ least, most }: { least: number; most: number }) =>
  z.int().min(least, `must be at least ${least}`).max(most, `must be at most ${most}`);
const outcome = z.enum(['pass', 'fail']);
const dropCount = z.enum(['absent', 'zero', 'some']);

/** For which candidates an expectation holds; the names of --candidate and --patch NAME=FILE. */
const scope = {
  series: series.optional().describe('Only on kernels of these series.'),
  only: z.array(name).min(1).optional().describe('Only for candidates of these names.'),
  except: z.array(name).min(1).optional().describe('Not for candidates of these names.'),
};
const patches = z.array(z.strictObject({ file: filePath, series }));
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'the sha256 of the patch, 64 hex digits');

const namedCandidate = z
  .strictObject({
    patches: patches.default([]).describe('One for each group of kernel series.'),
    environment: z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable'),
        z.string().regex(/^[^\0\n]*$/, 'must be one line'),
      )
      .default({})
      .describe('Variables of the tests; without patches the kernel is that of base.'),
    tests: z
      .array(glob)
      .default([])
      .describe('The only tests that are run on it; all where none is named.'),
  })
  .refine((it) => it.patches.length > 0 || Object.keys(it.environment).length > 0, {
    error: 'is the same as base: give it patches or an environment',
  });

const mutant = z.strictObject({
  name,
  text: sentence.describe('What is wrong with it.'),
  file: filePath.describe('A whole patch for the kernel as it is, not one on top of another.'),
  series,
  tests: z
    .array(glob)
    .min(1, 'name at least one test that tells it from the patch')
    .describe('Tests of which one must come to another outcome than with the patch.'),
});

const testExpectation = z
  .strictObject({
    text: sentence.describe('What the reports call this expectation.'),
    match: glob.describe('Test names, like "tcp_repair:frozen/*"; * is any run of characters.'),
    base: outcome.optional().describe('What each must do without the patch.'),
    candidate: outcome.optional().describe('What each must do with the patch.'),
    ...scope,
  })
  .refine((it) => it.base !== undefined || it.candidate !== undefined, {
    error: 'asks for nothing: say what base or candidate must do',
  });

const dropExpectation = z
  .strictObject({
    text: sentence.describe('What the reports call this expectation.'),
    reason: reason.describe('Drop reason without SKB_DROP_REASON_, like "SOCKET_REPAIR".'),
    match: glob.describe('Test programs, like "tcp_repair:*".'),
    base: dropCount.optional().describe('absent: that kernel has no such reason.'),
    candidate: z
      .union([dropCount, z.templateLiteral(['counter:', z.string().regex(/^[a-z][a-z0-9_]*$/)])])
      .optional()
      .describe('counter:NAME: as many as the tests of the program count themselves.'),
    ...scope,
  })
  .refine((it) => it.base !== undefined || it.candidate !== undefined, {
    error: 'asks for nothing: say what base or candidate must count',
  });

/** proof.yaml as it is written; see kernel-patches/tcp-repair/proof.yaml for one in use. */
export const proofFile = z
  .strictObject({
    version: z.literal(1, 'the only version of this format is 1'),
    name,
    title: sentence.describe('One line for the head of every report.'),
    patches: patches
      .default([])
      .describe('Ready-made patches, one for each group of kernel series with the same contexts.'),
    candidates: z
      .record(name, namedCandidate)
      .default({})
      .describe('Further candidates, run where --candidate names them.'),
    mutants: z
      .array(mutant)
      .default([])
      .describe('Wrong patches that the tests must tell from the right one; see --mutants.'),
    kernels: z
      .array(z.string().regex(/\S/, 'must name a kernel, like "6.12"'))
      .min(1, 'name at least one kernel')
      .default(['6.12'])
      .describe('As --kernel takes them.'),
    profiles: z.array(name).min(1, 'name at least one profile').default(['lean']),
    cpus: wholeNumber(limits.cpus).default(2).describe('CPUs of each VM, as --cpus.'),
    memory: wholeNumber(limits.memory).default(1024).describe('MiB of each VM, as --memory.'),
    repeat: wholeNumber(limits.repeat)
      .optional()
      .describe('Attempts of everything on each side, as --repeat.'),
    tests: z
      .array(
        z.union([
          z
            .string()
            .regex(
              targetSpec,
              'a target of the kernel\'s own selftests, like "net/tcp_ao" or "net:tls"; a folder is { name, folder }',
            ),
          z.strictObject({ name, folder: filePath }),
        ]),
      )
      .min(1, 'name at least one folder or target of tests')
      .describe(
        "Folders in kselftest form, relative to this file; or targets of the kernel's own selftests.",
      ),
    image: z
      .enum(imageNames)
      .default('agent')
      .describe(
        "The guest's root: agent is small and its own, host shows the host's files, debian those of a fresh Debian.",
      ),
    expect: z
      .strictObject({
        tests: z.array(testExpectation).default([]),
        drops: z.array(dropExpectation).default([]),
      })
      .default({ tests: [], drops: [] })
      .describe('Empty: nothing broke, and at least one test passed.'),
    knownHarm: z
      .array(
        z.strictObject({
          patch: z
            .union([sha256, z.array(sha256).min(1)])
            .describe('Its hash, or those of the same patch for several kernel series.'),
          match: glob,
          reason: sentence,
        }),
      )
      .default([])
      .describe(
        'Tests that one patch, by its hash, is known to break: an edited patch is another one.',
      ),
  })
  .meta({ title: 'patchproof proof file, version 1' });

export type ProofFile = z.output<typeof proofFile>;
