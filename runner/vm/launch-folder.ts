// SPDX-License-Identifier: MIT
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { isAbandoned, ownerPrefix } from '../host/owner.ts';
import { launchFiles } from './command.ts';

const prefix = 'patchproof-vm-';

/**
 * A private folder that holds what one launch needs under the names of `launchFiles`: the
 * kernel, the image with an archive behind it, which the kernel unpacks over the image, the folder
 * that is shared as a root where there is one, and an empty one.
 * Folders of runs that were killed are removed on the way.
 */
export async function makeLaunchFolder(
  request: { bzImage: string; image: string; sharedRoot: string | undefined },
  archive: Uint8Array,
): Promise<string> {
  await removeAbandoned();
  const folder = await mkdtemp(path.join(os.tmpdir(), `${prefix}${ownerPrefix()}`));
  await symlink(path.resolve(request.bzImage), path.join(folder, launchFiles.kernel));
  await mkdir(path.join(folder, launchFiles.empty));
  if (request.sharedRoot !== undefined)
    await symlink(path.resolve(request.sharedRoot), path.join(folder, launchFiles.root));
  const initrd = Buffer.concat([await readFile(request.image), archive]);
  await writeFile(path.join(folder, launchFiles.initrd), initrd);
  return folder;
}

/** Removes the folder once QEMU is gone. */
export async function removeLaunchFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(os.tmpdir())) {
    if (!name.startsWith(prefix) || !isAbandoned(name.slice(prefix.length))) continue;
    // Another user's folder is that user's to remove.
    await rm(path.join(os.tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}
