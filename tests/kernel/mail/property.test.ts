// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { bare } from '../../../runner/kernel/patch/mail/model.ts';
import { anyDamage, anyPatch, damage } from './damage.ts';
import { good, read, tree } from './helpers.ts';

vi.setConfig({ testTimeout: 120_000 });

const anyGood = fc.oneof(anyPatch, fc.constantFrom(good.one, good.author));

/** What a patch does, white space aside. */
function changes(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => /^[+-]/.test(line))
    .map(bare);
}

it('a good patch, damaged at random, is the same patch again by the lines of the tree', async () => {
  await fc.assert(
    fc.asyncProperty(anyGood, anyDamage, async (diff, how) => {
      const patch = (await read(damage(diff, how), 'x')).fit(tree);
      expect(patch.text).toBe(diff);
      expect(patch.doubts.filter(({ about }) => about === 'content')).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

it('from its text alone it changes the same, or what is not certain is said', async () => {
  await fc.assert(
    fc.asyncProperty(anyGood, anyDamage, async (diff, how) => {
      const patch = await read(damage(diff, how), 'x');
      const isSaid = patch.doubts.some(({ about }) => about === 'content');
      expect(isSaid ? [] : changes(patch.text)).toEqual(isSaid ? [] : changes(diff));
    }),
    { numRuns: 400 },
  );
});

it('a patch that nothing happened to is taken as it is', async () => {
  await fc.assert(
    fc.asyncProperty(anyGood, async (diff) => {
      const patch = await read(diff, 'x');
      expect(patch.text).toBe(diff);
      expect([patch.repairs, patch.doubts]).toEqual([[], []]);
      expect(patch.fit(tree).text).toBe(diff);
    }),
    { numRuns: 200 },
  );
});
