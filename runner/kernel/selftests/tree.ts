// SPDX-License-Identifier: MIT
import { copyFile, mkdir, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { StageContext } from '../../events.ts';
import { publish, scratchFolder } from '../../host/cache.ts';
import type { Toolchain } from '../model.ts';
import { applyPatch } from '../patch/apply.ts';
import { mustSucceed } from '../stage.ts';
import type { Progress } from '../stage.ts';
import { selftests } from './place.ts';
import type { TestsTree } from './place.ts';

/** A copy of the tree in which tests are built. */
export interface LaidOut {
  src: string;
  /** What make calls O=: the exported headers, and below `kselftest` what is built. */
  out: string;
}

/**
 * Lays a tree out in `scratch` with its exported headers, and puts a folder of tests in its place
 * there. Hard links: what is built goes elsewhere, and git replaces the files that it patches.
 */
export async function layOutTree(
  tree: TestsTree,
  own: { folder: string; files: readonly string[]; place: string } | null,
  toolchain: Toolchain,
  scratch: string,
  progress: Progress,
  context: StageContext,
): Promise<LaidOut> {
  const { source, patch } = tree;
  const [src, out] = [path.join(scratch, 'src'), path.join(scratch, 'out')];
  progress(0, null, 'laying out the source');
  const link = (from: string, to: string): Promise<unknown> =>
    mustSucceed(context, 'lay out the source', 'cp', ['-al', '--', from, to]);
  if (own === null || patch !== null) await link(source.folder, src);
  else {
    // lib.mk reaches up to the top for its include files; the rest of the tree is not looked at.
    await mkdir(src);
    for (const part of ['tools', 'scripts'])
      await link(path.join(source.folder, part), path.join(src, part));
  }
  if (patch !== null) await applyPatch(src, patch, context);
  if (own !== null) await putFolder(own, path.join(src, selftests, own.place));
  const headers = await kernelHeaders(tree, patch === null ? source.folder : src, toolchain, {
    progress,
    context,
  });
  await mkdir(path.join(out, 'usr'), { recursive: true });
  await symlink(path.join(headers, 'include'), path.join(out, 'usr/include'));
  return { src, out };
}

async function putFolder(
  { folder, files }: { folder: string; files: readonly string[] },
  place: string,
): Promise<void> {
  await rm(place, { recursive: true, force: true });
  for (const file of files) {
    await mkdir(path.dirname(path.join(place, file)), { recursive: true });
    await copyFile(path.join(folder, file), path.join(place, file));
  }
}

/** The kernel's exported headers, made once a source, patch and architecture. */
async function kernelHeaders(
  { source, patch }: TestsTree,
  folder: string,
  toolchain: Toolchain,
  { progress, context }: { progress: Progress; context: StageContext },
): Promise<string> {
  progress(0, null, 'exporting the kernel headers');
  const patched = patch === null ? '' : `-${patch.hash.slice(0, 32)}`;
  return publish(
    'selftests',
    `headers-${toolchain.arch}-${source.hash.slice(0, 32)}${patched}`,
    async (entry) => {
      const out = await scratchFolder('headers');
      try {
        await mustSucceed(context, 'export the kernel headers', 'make', [`O=${out}`, 'headers'], {
          cwd: folder,
          env: { ARCH: toolchain.arch },
        });
        await rename(path.join(out, 'usr/include'), path.join(entry, 'include'));
      } finally {
        await rm(out, { recursive: true, force: true });
      }
    },
  );
}
