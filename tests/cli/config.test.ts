// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { setStage } from '../pipeline/stage.ts';
import { patchproof } from './patchproof.ts';

vi.setConfig({ testTimeout: 60_000 });

describe('config and make from the command line', () => {
  it('reach both kernels, and stand in the conditions', async () => {
    const stage = setStage();
    const words = ['run', stage.proof, '--kernel', stage.tree, '--output-dir', stage.run];
    const plain = await patchproof(stage.folder, ...words);
    expect(plain.status, plain.stderr).toBe(0);
    const built = stage.compiled().length;

    const other = path.join(stage.folder, 'other');
    words[words.length - 1] = other;
    const asked = await patchproof(
      stage.folder,
      ...words,
      '--configitem',
      'KASAN=y',
      'KCFLAGS=-Wall',
    );
    expect(asked.status, asked.stderr).toBe(0);
    // Another kernel than before: nothing of it comes from the cache.
    expect(stage.compiled().length).toBeGreaterThan(built);
    for (const variant of ['base', 'patched']) {
      const [cell = ''] = readdirSync(path.join(other, 'cells'));
      const file = path.join(other, 'cells', cell, 'lean', variant, 'config');
      expect(readFileSync(file, 'utf8'), variant).toContain('CONFIG_KASAN=y\n');
    }
    expect(stage.made().filter((line) => line.includes('bzImage'))).toHaveLength(4);
    expect(
      stage.made().filter((line) => line.includes('bzImage') && line.includes('KCFLAGS=-Wall')),
    ).toHaveLength(2);
    expect(asked.stdout).toContain('lean, CONFIG_KASAN=y');
    expect(asked.stdout).toMatch(/^ {2}make +KCFLAGS=-Wall$/m);
    expect(plain.stdout).not.toContain('KCFLAGS');
  });

  it('two proofs are one too many', async () => {
    const stage = setStage();
    const { status, stderr } = await patchproof(stage.folder, 'run', 'tcp-repair', 'other');
    expect({ status, said: stderr.includes('tcp-repair, other') }).toEqual({
      status: 2,
      said: true,
    });
  });
});
