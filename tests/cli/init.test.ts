// SPDX-License-Identifier: MIT
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { loadProof } from '../../runner/proof/load.ts';
import { write } from '../kernel/helpers.ts';
import { patchText, setStage } from '../pipeline/stage.ts';
import { patchproof } from './patchproof.ts';

vi.setConfig({ testTimeout: 60_000 });

const reason =
  '--- a/include/net/dropreason-core.h\n+++ b/include/net/dropreason-core.h\n@@ -1,1 +1,2 @@\n FN(A)\n+FN(NEW)\n';

describe('patchproof init', () => {
  it('writes what its own loader takes, from a patch and a tree', async () => {
    const stage = setStage(
      {},
      {
        MAINTAINERS: 'TWO\nF:\tnet/two.c\nF:\ttools/testing/selftests/net/two/\n',
        'tools/testing/selftests/Makefile': 'TARGETS += net\nTARGETS += net/two\n',
      },
    );
    write(stage.folder, { 'work/a.patch': `${patchText('/* PATCHED */')}${reason}` });
    const desk = path.join(stage.folder, 'work');
    const { status, stdout, stderr } = await patchproof(
      desk,
      'init',
      'a.patch',
      '--kernel',
      stage.tree,
    );
    expect(status, stderr).toBe(0);
    expect(stdout).toBe('proof.yaml\n');
    expect(stderr).toContain('patchproof run proof.yaml\n');
    const text = readFileSync(path.join(desk, 'proof.yaml'), 'utf8');
    expect(loadProof(text, 'proof.yaml', desk)).toMatchObject({
      name: 'a',
      title: 'net: a change',
      patches: [{ file: path.join(desk, 'a.patch'), series: ['6.12'] }],
      kernels: [stage.tree],
    });
    expect(text).toContain('#   net/two.c\n');
    expect(text).toMatch(
      /near to the patch \(MAINTAINERS and Makefiles of 6\.12\.7\):\ntests:\n {2}- "net\/two"\n/,
    );
    expect(text).toContain('reason: "NEW"');

    const again = await patchproof(desk, 'init', 'a.patch');
    expect(again.status).toBe(2);
    expect(again.stderr).toContain('proof.yaml would be overwritten');
    expect(readFileSync(path.join(desk, 'proof.yaml'), 'utf8')).toBe(text);
  });

  it('--workflow: beside the top of the repository, with the path of the proof below it', async () => {
    const stage = setStage();
    mkdirSync(path.join(stage.folder, '.git'));
    const words = ['--output', 'proof/new.yaml', '--workflow', 'someone/patchproof@abc'];
    const { status, stdout } = await patchproof(stage.proof, 'init', ...words);
    expect(status).toBe(0);
    expect(stdout).toBe('proof/new.yaml\n../.github/workflows/patchproof.yml\n');
    const file = path.join(stage.folder, '.github/workflows/patchproof.yml');
    expect(parse(readFileSync(file, 'utf8'))).toMatchObject({
      jobs: {
        proof: {
          uses: 'someone/patchproof/.github/workflows/prove.yml@abc',
          with: { proof: 'proof/proof/new.yaml' },
        },
      },
    });
    // Nothing is written where one of the two is there already.
    const again = await patchproof(stage.proof, 'init', '--output', 'other.yaml', '--workflow');
    expect(again.status).toBe(2);
    expect(readdirSync(stage.proof)).not.toContain('other.yaml');
  });

  it.each([
    { words: ['none.patch'], says: 'none.patch cannot be read' },
    { words: ['--workflow', 'patchproof'], says: 'OWNER/patchproof@COMMIT' },
    { words: ['--kernel', 'no-such-folder'], says: 'neither a version nor a folder' },
  ])('wrong use writes nothing: $words', async ({ words, says }) => {
    const stage = setStage();
    const before = readdirSync(stage.folder);
    const { status, stderr } = await patchproof(stage.folder, 'init', ...words);
    expect(status).toBe(2);
    expect(stderr).toContain(says);
    expect(readdirSync(stage.folder)).toEqual(before);
  });
});
