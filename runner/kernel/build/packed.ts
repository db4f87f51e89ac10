// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';

/**
 * Makes sure that an x86 image boots the kernel that was linked. bzImage carries the compressed
 * kernel by an `.incbin` of piggy.S (arch/x86/boot/compressed/mkpiggy.c), whose text says no more
 * of it than its lengths: a compiler cache that does not see through that packs another kernel.
 * Throws `image-inconsistent` (infrastructure). Where nothing is packed there is nothing to compare.
 *
 * @param out the build's output folder
 * @param image the bootable image in it
 */
export async function checkPacked(out: string, image: string): Promise<void> {
  const piggy = await readFile(path.join(out, 'arch/x86/boot/compressed/piggy.S'), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    },
  );
  const packed = /^\s*\.incbin\s+"([^"]+)"/m.exec(piggy)?.[1];
  if (packed === undefined) return;
  const file = path.resolve(out, packed);
  if ((await readFile(image)).includes(await readFile(file))) return;
  throw new PatchproofError({
    kind: 'infrastructure',
    code: 'image-inconsistent',
    message: `The image that was built, ${path.basename(image)}, does not hold the kernel that was linked.`,
    evidence: [`${packed} is not in it.`],
    remedy:
      'If a wrapper stands for the compiler, take it away. Then clear the ccache folder in the cache.',
  });
}
