// SPDX-License-Identifier: MIT
import { PatchproofError } from '../errors.ts';
import { hostArch, isForeign } from '../host/arch.ts';
import { requestsOf } from '../kernel/config/configure.ts';
import { parseSourceSpec } from '../kernel/source/spec.ts';
import { readTreeVersion } from '../kernel/source/tree.ts';
import type { ImageName, Plan } from '../proof/model.ts';

/**
 * Refuses what a plan asks for and this host can already tell is not to be had, before a run
 * directory is made or anything is installed. Throws usage `kernel-spec`, `not-a-kernel-tree`
 * `no-such-profile` or `image-arch`.
 *
 * @param arch of the kernels, as ARCH= has it
 */
export async function checkPlan(plan: Plan, arch: string = hostArch()): Promise<void> {
  for (const { kernel, profile, image } of plan.cells) {
    if (isForeign(arch) && image !== 'agent') throw foreignRoot(arch, image);
    const spec = parseSourceSpec(kernel);
    if (spec.kind === 'directory') await readTreeVersion(spec.folder);
    // Whether there is such a profile is all that counts here, whatever it asks of which kernel.
    await requestsOf(profile, [], { series: '0.0', arch });
  }
}

function foreignRoot(arch: string, image: ImageName): PatchproofError {
  return new PatchproofError({
    kind: 'usage',
    code: 'image-arch',
    message: `--image ${image} has programs of this machine (${hostArch()}), which ${arch} guests cannot run.`,
    remedy: 'Take --image agent, whose programs are built for the guests.',
  });
}
