// SPDX-License-Identifier: MIT
import { beforeAll, describe, expect, it } from 'vitest';
import type { Attempt } from '../../runner/evidence/model.ts';
import { cachePath } from '../../runner/host/cache.ts';
import { installTargets, runKselftest, type Ran } from './kernel-runner.ts';
import { eventsOf, patchproof, type Ended } from './patchproof.ts';

const minute = 60_000;
/** They ask nothing of the config that the flagship proof's kernels do not have. */
const targets = ['membarrier', 'mount_setattr'];
const patch = 'kernel-patches/tcp-repair/tcp-repair-6.12.patch';

describe('targets of the kernel under test on 6.12, with and without a patch', () => {
  let end: Ended;
  let root: string;

  beforeAll(async () => {
    end = await patchproof(
      ...['--patch', patch, '--cpus', '1', '--profile', 'lean'],
      ...['--config', 'selftests/tcp_repair/config'],
      ...targets.flatMap((it) => ['--tests', it]),
    );
    root = await installTargets('6.12', targets);
  }, 90 * minute);

  const attempts = (variant: string): Attempt[] =>
    eventsOf(end.folder).flatMap((event) =>
      event.type === 'attempt-finished' &&
      event.attempt.variant === variant &&
      event.attempt.attempt === 1
        ? [event.attempt]
        : [],
    );

  it('have at least 20 results of their own on each side, and the patch changes none', () => {
    expect(end.status, end.stdout + end.stderr).toBe(0);
    for (const variant of ['base', 'patched'])
      expect(attempts(variant).flatMap(({ results }) => results).length).toBeGreaterThan(20);
    expect(end.stdout).toContain('nothing was fixed');
  });

  it.each(['base', 'patched'])(
    'come to what the kernel’s own runner prints on the same kernel (%s), test by test',
    async (variant) => {
      const kernel = eventsOf(end.folder).flatMap((event) =>
        event.type === 'kernel-built' && event.kernel.variant === variant ? [event.kernel] : [],
      )[0];
      const bzImage = `${cachePath('kernels', kernel?.key ?? '')}/bzImage`;
      const theirs = await runKselftest(root, bzImage, { KSFT_MACHINE_SLOW: 'yes' });
      const ours = new Map(attempts(variant).map((it) => [it.program, told(it)]));
      expect([...theirs.values()].flatMap(({ tests }) => tests).length).toBeGreaterThan(20);
      expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs));
    },
    20 * minute,
  );
});

/** An attempt in the runner's terms. */
function told({ program, results, exit }: Attempt): Ran {
  const tests = results.filter(({ name }) => name !== program);
  const byExit = exit?.exitCode === 0 ? 'pass' : exit?.exitCode === 4 ? 'skip' : 'fail';
  return {
    outcome: exit?.timedOut === true ? 'timeout' : byExit,
    tests: tests.map(({ name, outcome }) => `${outcome} ${name.slice(program.length + 1)}`),
  };
}
