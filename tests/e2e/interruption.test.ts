// SPDX-License-Identifier: MIT
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
      const before = await cacheEntries();
      const given = args.map((word) => (word.startsWith('--') ? word : fixturePatch(word)));
      const run = await start(...given);
      await run.until(
        (seen) =>
          seen.type === event && (seen.type !== 'stage-progress' || seen.where.stage === 'build'),
      );
      const below = descendants(run.child.pid ?? 0).map(({ pid }) => pid);
      expect(below.length).toBeGreaterThan(0);
      run.child.kill('SIGKILL');
      await run.ended;
      await allGone(below, 2_000);
      expect(await cacheEntries()).toEqual(before);
    },
    30 * minute,
  );
});

/** Names of everything published in the cache. */
async function cacheEntries(): Promise<string[]> {
  const kinds = ['kernels', 'objects', 'sources', 'selftests', 'images'];
  const names = await Promise.all(
    kinds.map(async (kind) =>
      (await readdir(path.join(cacheRoot(), kind)).catch(() => [])).map(
        (name) => `${kind}/${name}`,
      ),
    ),
  );
  return names.flat().toSorted();
}
