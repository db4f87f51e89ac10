// SPDX-License-Identifier: MIT
import { isKunit } from './model.ts';
import type { KunitSuites, TestCollection } from './model.ts';

/** What `--tests` calls the suites that are built into the kernel. */
export const kunit = 'kunit';

/** KUnit's suites, all of them where there is no glob. */
export function kunitSuites(glob: string | undefined): KunitSuites {
  return { name: kunit, programs: [], glob: glob ?? null };
}

/**
 * What the kernel's command line has to say for these tests: KUnit runs before init, and takes its
 * glob from there (lib/kunit/executor.c).
 */
export function bootWordsOf(tests: readonly TestCollection[]): string[] {
  return tests.filter(isKunit).flatMap(({ glob }) => [
    // KUNIT_DEFAULT_ENABLED is off where everything is that nobody asks for.
    'kunit.enable=1',
    ...(glob === null ? [] : [`kunit.filter_glob=${glob}`]),
    // The log keeps its newest lines only, 128 KiB of them by default.
    'log_buf_len=8M',
  ]);
}
