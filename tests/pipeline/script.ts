// SPDX-License-Identifier: MIT

/** What a test program does after its first leaf: ends, or takes the machine with it. */
export type TestScript = 'pass' | 'fail' | 'panic' | 'stale' | 'hang' | 'die';

/** One boot of the fake machine; what is not said goes well. */
export interface BootScript {
  boot?: 'panic' | 'hang';
  one?: TestScript;
  two?: TestScript;
  /** What is dropped on a patched kernel is dropped for another reason. */
  wrongReason?: boolean;
}

/** The boots of each side in their order; the last one stands for all further ones. */
export interface Script {
  base: readonly BootScript[];
  patched: readonly BootScript[];
  /** A kernel with the word PATCHED_NAME in its source, or tests with VARIANT=NAME. */
  [name: string]: readonly BootScript[];
}

/** The tests of program `two`, which is built with the harness; `one` cannot tell its own. */
export const harnessTests: readonly string[] = [
  'tie.ipv4.steady',
  'tie.ipv4.race',
  'tie.ipv6.steady',
  'tie.ipv6.race',
];
