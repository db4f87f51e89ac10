// SPDX-License-Identifier: MIT

/** What the numbers of the command line and of the proof file may be. */
export const limits = {
  cpus: { least: 1, most: 64 },
  /** MiB. */
  memory: { least: 256, most: 1 << 20 },
  repeat: { least: 1, most: 10_000 },
} as const;
