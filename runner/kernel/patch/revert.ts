// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import path from 'node:path';
import { PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import { publish } from '../../host/cache.ts';
import type { KernelSource, Patch } from '../model.ts';
import { openSource, readTreeVersion, writeRecord } from '../source/tree.ts';
import { inStage, mustSucceed } from '../stage.ts';
import { gitApply } from './git.ts';

/**
 * The source that commits of the same tree are compared with: where the tree has them already,
 * base is the tree without them. Every other patch leaves the source as it is.
 */
export async function sourceWithout(
  source: KernelSource,
  patches: readonly Patch[],
  context: StageContext,
): Promise<KernelSource> {
  let base = source;
  for (const patch of patches) {
    if (patch.repository === undefined) continue;
    if (path.resolve(patch.repository) !== path.resolve(source.spec)) continue;
    const isIn = await gitApply(base.folder, patch.text, ['--reverse', '--check'], context);
    if (isIn.exitCode === 0) base = await reverted(base, patch, context);
  }
  return base;
}

async function reverted(
  source: KernelSource,
  patch: Patch,
  context: StageContext,
): Promise<KernelSource> {
  const hash = createHash('sha256').update(`${source.hash} without ${patch.hash}`).digest('hex');
  const key = `reverted-${hash.slice(0, 32)}`;
  return inStage(context, 'source', null, `the tree without ${patch.name}`, async () => {
    await publish('sources', key, async (folder) => {
      const tree = path.join(folder, 'tree');
      await mustSucceed(context, 'copy the tree', 'cp', ['-al', '--', source.folder, tree]);
      const undone = await gitApply(tree, patch.text, ['--reverse'], context);
      if (undone.exitCode !== 0)
        throw new PatchproofError({
          kind: 'infrastructure',
          code: 'command-failed',
          message: `Could not take ${patch.name} out of the tree again.`,
          evidence: [...undone.tail].slice(-5),
          remedy: 'Start the same command again.',
        });
      await writeRecord(folder, {
        ...(await readTreeVersion(tree)),
        hash,
        origin: `${source.origin}, without ${patch.name}`,
        provider: 'directory',
      });
    });
    const value = await openSource(key, source.spec);
    if (value === undefined) throw new Error(`source ${key} vanished from the cache`);
    return { value, detail: value.origin };
  });
}
