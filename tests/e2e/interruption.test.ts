// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheRoot } from '../../runner/host/cache.ts';
import { allGone, descendants, eventsOf, fixturePatch, start, verdictOf } from './patchproof.ts';

const minute = 60_000;

describe('a run that is cut short, on 6.12', () => {
  it(
    'QEMU killed while tests run: no verdict, exit 69',
    async () => {
      // One that goes on for a while after its first result.
      const run = await start('--filter', 'tcp_repair:stream');
      await run.until(({ type }) => type === 'test-result');
      const qemu = descendants(run.child.pid ?? 0).filter(({ command }) =>
        /^\S*qemu-system-/.test(command),
      );
      expect(qemu.length).toBeGreaterThan(0);
      for (const { pid } of qemu) process.kill(pid, 'SIGKILL');
      const end = await run.ended;
      expect(end.status, end.stdout + end.stderr).toBe(69);
      expect(verdictOf(end.folder).overall).toBe('no verdict');
    },
    30 * minute,
  );

  it(
    'Ctrl-C: exit 130, a record marked interrupted, no process left',
    async () => {
      const run = await start();
      await run.until(({ type }) => type === 'test-result');
      const below = descendants(run.child.pid ?? 0).map(({ pid }) => pid);
      expect(below.length).toBeGreaterThan(3);
      run.child.kill('SIGINT');
      const end = await run.ended;
      expect(end.status, end.stdout + end.stderr).toBe(130);
      expect(eventsOf(end.folder).at(-1)?.type).toBe('run-interrupted');
      await allGone(below, 2_000);
    },
    30 * minute,
  );

  it.each([
    { moment: 'a test', event: 'test-result', args: [] },
    { moment: 'a build', event: 'stage-progress', args: ['--patch', 'does-not-compile'] },
  ])(
    'SIGKILL during $moment leaves no process and no half-made cache entry',
    async ({ event, args }) => {
      const given = args.map((word) => (word.startsWith('--') ? word : fixturePatch(word)));
      const run = await start(...given);
      await run.until(
        (seen) =>
          seen.type === event &&
          // One that waits for another run's build has nothing at work yet.
          (seen.type !== 'stage-progress' || (seen.where.stage === 'build' && seen.done > 0)),
      );
      const below = descendants(run.child.pid ?? 0).map(({ pid }) => pid);
      expect(below.length).toBeGreaterThan(0);
      run.child.kill('SIGKILL');
      await run.ended;
      await allGone(below, 2_000);
      // Not by their names alone: another run may be at work on the same cache.
      expect(await halfMade()).toEqual([]);
    },
    30 * minute,
  );
});

/**
 * What the whole entries of a kind hold, of several one; others of the kind have names that tell
 * what they are.
 */
const parts: Readonly<Record<string, readonly (readonly string[])[]>> = {
  kernels: [['bzImage'], ['config'], ['build.json']],
  // Runs of before may have been for another architecture.
  objects: [['arch/x86/boot/bzImage', 'arch/arm64/boot/Image']],
  sources: [['tree/Makefile'], ['source.json']],
  selftests: [['programs.json']],
  images: [['init'], ['image.cpio']],
};
const isOfAnotherForm = (name: string): boolean =>
  /^(manifests$|headers-|installed-|newest-)/.test(name);

/** What entries of the cache lack under their final names. */
async function halfMade(): Promise<string[]> {
  const entries = await Promise.all(
    Object.entries(parts).map(async ([kind, wanted]) =>
      (await readdir(path.join(cacheRoot(), kind)))
        .filter((name) => !isOfAnotherForm(name))
        .flatMap((name) => wanted.map((anyOf) => anyOf.map((part) => path.join(kind, name, part))))
        .filter((anyOf) => !anyOf.some((file) => existsSync(path.join(cacheRoot(), file))))
        .map((anyOf) => anyOf.join(' or ')),
    ),
  );
  return entries.flat();
}
