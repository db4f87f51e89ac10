// SPDX-License-Identifier: MIT
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ownerPrefix } from '../../runner/host/owner.ts';
import { makeLaunchFolder } from '../../runner/vm/launch-folder.ts';
import { Stage } from '../vm/fake.ts';

it('making a launch folder removes those of processes that are gone, also when the pid lives on', async () => {
  const stage = await Stage.set(null);
  onTestFinished(() => stage.remove());
  const [pid, start, namespace] = ownerPrefix().slice(0, -1).split('.');
  const gone = [`4194305.1.${namespace}-abc`, `${pid}.${Number(start) - 1}.${namespace}-abc`];
  const kept = [`${ownerPrefix()}abc`, `4194305.1.${Number(namespace) + 1}-abc`, 'x'];
  for (const name of [...gone, ...kept]) mkdirSync(stage.file('tmp', `patchproof-vm-${name}`));
  const made = await makeLaunchFolder(stage.request(), Buffer.alloc(0));
  expect(readdirSync(stage.file('tmp')).toSorted()).toEqual(
    [...kept.map((name) => `patchproof-vm-${name}`), path.basename(made)].toSorted(),
  );
});
