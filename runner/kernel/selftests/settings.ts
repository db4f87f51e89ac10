// SPDX-License-Identifier: MIT

/** kselftest/runner.sh: without a `settings` file a test has 45 s; `timeout=0` means no limit, here a day. */
const defaultTimeoutS = 45;
const noLimitS = 86_400;

/** Seconds that a `settings` file allows a test program. */
export function readTimeout(settings: string): number {
  const given = /^timeout=(\d+)$/m.exec(settings)?.[1];
  if (given === undefined) return defaultTimeoutS;
  return Number(given) === 0 ? noLimitS : Number(given);
}
