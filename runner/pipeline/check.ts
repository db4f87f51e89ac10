// SPDX-License-Identifier: MIT
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import { hostArch, isForeign } from '../host/arch.ts';
import { requestsOf } from '../kernel/config/configure.ts';
import { parseSourceSpec } from '../kernel/source/spec.ts';
import { readTreeVersion } from '../kernel/source/tree.ts';
import type { ImageName, Plan } from '../proof/model.ts';

/**
 * Refuses what a plan asks for and this host can already tell is not to be had, before a run
 * directory is made or anything is installed. Throws usage `kernel-spec`, `not-a-kernel-tree`
 * `no-such-profile`, `image-arch` or `output`.
 *
 * @param asked `arch` of the kernels, as ARCH= has it, and the folder of `O=`
 */
export async function checkPlan(
  plan: Plan,
  { arch = hostArch(), output }: { arch?: string; output?: string | undefined } = {},
): Promise<void> {
  for (const { kernel, profile, image } of plan.cells) {
    if (isForeign(arch) && image !== 'agent') throw foreignRoot(arch, image);
    const spec = parseSourceSpec(kernel);
    if (spec.kind === 'directory') {
      await readTreeVersion(spec.folder);
      if (output !== undefined) refuseInside(spec.folder, output);
    }
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

/** Whether a path is in a folder, or is it. */
export function liesIn(folder: string, given: string): boolean {
  const below = path.relative(folder, path.resolve(given));
  return !below.startsWith('..') && !path.isAbsolute(below);
}

/** What lies in the tree would be part of the next kernel's source, and a user's tree is not written to. */
function refuseInside(tree: string, output: string): void {
  if (!liesIn(tree, output)) return;
  throw new PatchproofError({
    kind: 'usage',
    code: 'output',
    message: `O=${output} lies in the kernel tree, which is not written to.`,
    remedy: 'Name a folder outside of it.',
  });
}
