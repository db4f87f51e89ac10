// SPDX-License-Identifier: MIT
import { requestsOf } from '../kernel/config/configure.ts';
import { parseSourceSpec } from '../kernel/source/spec.ts';
import { readTreeVersion } from '../kernel/source/tree.ts';
import type { Plan } from '../proof/model.ts';

/**
 * Refuses what a plan asks for and this host can already tell is not to be had, before a run
 * directory is made or anything is installed. Throws usage `kernel-spec`, `not-a-kernel-tree`
 * or `no-such-profile`.
 */
export async function checkPlan(plan: Plan): Promise<void> {
  for (const { kernel, profile } of plan.cells) {
    const spec = parseSourceSpec(kernel);
    if (spec.kind === 'directory') await readTreeVersion(spec.folder);
    // Whether there is such a profile is all that counts here, whatever it asks of which kernel.
    await requestsOf(profile, [], '0.0');
  }
}
