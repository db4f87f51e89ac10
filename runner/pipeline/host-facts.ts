// SPDX-License-Identifier: MIT
import os from 'node:os';
import type { Toolchain } from '../kernel/model.ts';
import type { Accelerator } from '../vm/model.ts';

/** What a reader needs to know of the host to judge the numbers; names no user and no host. */
export function hostFacts(
  accelerator: Accelerator,
  toolchain: Toolchain,
): Readonly<Record<string, string>> {
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cpus: String(os.availableParallelism()),
    memory: `${Math.round(os.totalmem() / 2 ** 20)} MiB`,
    kernel: os.release(),
    node: process.version,
    compiler: toolchain.compiler,
    accelerator: accelerator.name,
    acceleratorWhy: accelerator.why,
  };
}
