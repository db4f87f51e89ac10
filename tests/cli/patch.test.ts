// SPDX-License-Identifier: MIT
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { describe, expect, it, vi } from 'vitest';
import { patchJsonSchema, patchSchema } from '../../runner/kernel/patch/json.ts';
import { write } from '../kernel/helpers.ts';
import { fixture, good } from '../kernel/mail/helpers.ts';
import { patches, setStage, type Stage } from '../pipeline/stage.ts';
import { patchproof } from './patchproof.ts';

vi.setConfig({ testTimeout: 60_000 });

/** The stage's patch as a mail: quoted, without tabs, its counts wrapped. */
const quoted = `Somebody wrote:\n${patches.good.replaceAll(/^/gm, '> ')}\nFine.\n`;

function stageWith(files: Readonly<Record<string, string>>): Stage {
  const stage = setStage();
  write(stage.folder, files);
  return stage;
}

describe('patchproof patch', () => {
  it('the clean patch on stdout, repairs and doubts on stderr; nothing is installed or written', async () => {
    const file = 'wrapped-comment-end.txt';
    const stage = stageWith({ [file]: fixture(file).toString() });
    const files = (): string[] =>
      [stage.folder, stage.cache].flatMap((it) =>
        readdirSync(it, { recursive: true, encoding: 'utf8' }),
      );
    const before = files();
    const ended = await patchproof(stage.folder, 'patch', file);
    expect(ended).toMatchObject({ status: 0, stdout: good.one });
    expect(files()).toEqual(before);
    expect(ended.stderr).toMatch(/^wrapped-comment-end\.txt:27: joined\n {4}was /);
  });

  it('exit 1 when the mail does not decide what the patch changes', async () => {
    const file = 'file-left-out.txt';
    const stage = stageWith({ [file]: fixture(file).toString() });
    const { status, stderr } = await patchproof(stage.folder, 'patch', file);
    expect(status).toBe(1);
    expect(stderr).toContain('file-left-out.txt:9: in doubt (content): the diffstat says');
  });

  it('--json: one document for both, as its schema says', async () => {
    const stage = stageWith({ 'mail.txt': quoted });
    const words = ['patch', 'mail.txt', '--json', '--check', '--kernel', stage.tree];
    const { status, stdout } = await patchproof(stage.folder, ...words);
    expect(status).toBe(0);
    const document = patchSchema.parse(JSON.parse(stdout));
    expect(document.patch).toContain('+/* PATCHED */');
    expect(document.check).toMatchObject({ kernel: '6.12.7', result: 'applies', way: 'exact' });
  });

  it('--check says that it applies', async () => {
    const stage = stageWith({ 'mail.txt': quoted });
    const words = ['patch', 'mail.txt', '--check', '--kernel', stage.tree];
    const { status, stdout } = await patchproof(stage.folder, ...words);
    expect({ status, stdout }).toMatchObject({ status: 0 });
    expect(stdout).toMatch(/^mail\.txt applies exactly to 6\.12\.7/);
  });

  it('--check shows the hunk that differs, exit 69', async () => {
    const stage = setStage();
    const words = ['patch', stage.patch('stranger'), '--check', '--kernel', stage.tree, '--json'];
    const { status, stdout, stderr } = await patchproof(stage.folder, ...words);
    expect(status).toBe(69);
    expect(stderr).toContain('-int three(void)');
    const { check } = patchSchema.parse(JSON.parse(stdout));
    expect(check).toMatchObject({
      result: 'does not apply',
      refused: [{ path: 'net/two.c', hunk: 1 }],
    });
  });

  it('--check tells what is already there, exit 69', async () => {
    const stage = setStage();
    const two = path.join(stage.tree, 'net/two.c');
    write(path.dirname(two), { 'two.c': 'int two(void)\n/* PATCHED */\n{\n\treturn 2;\n}\n' });
    const words = ['patch', stage.patch('good'), '--check', '--kernel', stage.tree];
    const { status, stderr } = await patchproof(stage.folder, ...words);
    expect(status).toBe(69);
    expect(stderr).toContain('is already in this kernel');
  });

  it('--check without a kernel is wrong use', async () => {
    const stage = setStage();
    const { status, stderr } = await patchproof(stage.folder, 'patch', '--check', 'x');
    expect(status).toBe(2);
    expect(stderr).toContain('--check --kernel debian:6.12');
  });

  it('the shipped JSON Schema is the one of the code (`vitest -u` writes it anew)', async () => {
    const text = await format(JSON.stringify(patchJsonSchema()), {
      parser: 'json',
      printWidth: 100,
    });
    await expect(text).toMatchFileSnapshot('../../runner/kernel/patch/patch.schema.json');
  });
});

describe('patchproof run', () => {
  const run = (stage: Stage, ...more: string[]): ReturnType<typeof patchproof> =>
    patchproof(
      stage.folder,
      'run',
      stage.proof,
      '--kernel',
      stage.tree,
      '--output-dir',
      stage.run,
      ...more,
    );

  it('--use-variant takes the ready-made patch where the given one does not apply, and says so', async () => {
    const stage = setStage();
    const { status, stdout } = await run(
      stage,
      '--patch',
      stage.patch('stranger'),
      '--use-variant',
    );
    expect(status).toBe(0);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'the ready-made good.patch was run in place of stranger.patch.',
    );
  });

  it('--use-variant does nothing where the given patch applies', async () => {
    const stage = stageWith({ 'mail.txt': quoted });
    const { status, stdout } = await run(stage, '--patch', 'mail.txt', '--use-variant');
    expect(status).toBe(0);
    expect(stdout).not.toContain('in place of');
  });

  it('a mail that does not decide what it changes gives no verdict', async () => {
    const cut = ` 1 file changed, 9 insertions(+)\n\n${patches.good.slice(patches.good.indexOf('---'))}`;
    const stage = stageWith({ 'cut.patch': `Subject: [PATCH] cut\n\n${cut}` });
    const { status, stderr } = await run(stage, '--patch', 'cut.patch');
    expect(status).toBe(69);
    expect(stderr).toContain('cut.patch:3: the diffstat says');
    expect(stage.made()).toEqual([]);
  });
});
