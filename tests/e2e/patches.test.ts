// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { eventsOf, fixturePatch, patchproof, verdictOf } from './patchproof.ts';

const minute = 60_000;

describe('patches that prove nothing, on 6.12', () => {
  it(
    'one that changes only a comment: not proved, the built kernel is the same',
    async () => {
      const end = await patchproof('--patch', fixturePatch('comment-only'));
      expect(end.status, end.stdout + end.stderr).toBe(1);
      expect(verdictOf(end.folder).overall).toBe('not proved');
      expect(end.stdout).toMatch(/built kernel is the same/);
      expect(eventsOf(end.folder).filter(({ type }) => type === 'boot-finished')).toEqual([]);
    },
    30 * minute,
  );

  it(
    "one that does not compile: not proved, with the compiler's line",
    async () => {
      const end = await patchproof('--patch', fixturePatch('does-not-compile'));
      expect(end.status, end.stdout + end.stderr).toBe(1);
      expect(end.stdout + end.stderr).toMatch(
        /net\/ipv4\/tcp_input\.c:\d+:\d+: error: .*no_such_variable/,
      );
      const failed = eventsOf(end.folder).flatMap((event) =>
        event.type === 'variant-failed' ? [event.failure] : [],
      );
      expect(failed.map(({ stage, times }) => ({ stage, times }))).toEqual([
        { stage: 'build', times: 2 },
      ]);
    },
    30 * minute,
  );

  it(
    'one that panics at boot: not proved, with the panic',
    async () => {
      const end = await patchproof(
        ...['--patch', fixturePatch('panics-at-boot'), '--filter', 'resume'],
      );
      expect(end.status, end.stdout + end.stderr).toBe(1);
      expect(verdictOf(end.folder).overall).toBe('not proved');
      expect(end.stdout + end.stderr).toContain('planted by panics-at-boot.patch');
    },
    30 * minute,
  );
});
