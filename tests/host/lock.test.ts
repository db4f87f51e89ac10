// SPDX-License-Identifier: MIT
import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { withLock } from '../../runner/host/lock.ts';
import { failure, useCache } from '../kernel/helpers.ts';

const never = new AbortController().signal;
const nobody = (): void => {
  throw new Error('there is nobody to wait for');
};

it('is free again after work that failed', async () => {
  useCache();
  const failing = withLock('x', never, nobody, () => Promise.reject(new Error('planted')));
  await expect(failing).rejects.toThrow('planted');
  expect(await withLock('x', never, nobody, () => Promise.resolve('done'))).toBe('done');
});

it('waiting ends with Ctrl-C', async () => {
  useCache();
  const controller = new AbortController();
  const error = await withLock('x', never, nobody, () =>
    failure(
      withLock(
        'x',
        controller.signal,
        () => controller.abort(),
        () => Promise.resolve(),
      ),
    ),
  );
  expect(error.exitCode).toBe(130);
});

it('when lost stops the work, and that is no interruption by the person', async () => {
  const cache = useCache();
  const error = await failure(
    withLock('x', never, nobody, (signal) => {
      rmSync(path.join(cache, 'locks', 'x'), { recursive: true });
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped')));
      });
    }),
  );
  expect({ code: error.code, exit: error.exitCode }).toEqual({ code: 'lock-lost', exit: 69 });
});
