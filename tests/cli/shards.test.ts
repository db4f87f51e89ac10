// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import type { B4Check } from '../../runner/report/b4.ts';
import type { Verdict } from '../../runner/verdict/model.ts';
import { temporary } from '../kernel/helpers.ts';
import { patches, warmStage } from '../pipeline/stage.ts';
import { patchproof } from './patchproof.ts';

// A busy host may take its time.
vi.setConfig({ testTimeout: 120_000 });

it('matrix, run --shard and merge: the verdict of the whole, and none without a shard', async () => {
  const stage = warmStage();
  const words = [stage.proof, '--kernel', stage.tree];
  const whole = await patchproof(stage.folder, 'run', ...words, '--output-dir', 'whole', '--json');
  expect(whole.status, whole.stderr).toBe(0);
  const matrix = await patchproof(
    stage.folder,
    'matrix',
    ...words,
    ...['--jobs', '9', '--durations', 'whole'],
  );
  expect(matrix.status, matrix.stderr).toBe(0);
  expect(matrix.stdout.trimEnd()).not.toContain('\n');
  const { include } = JSON.parse(matrix.stdout) as { include: { id: string; shard: string }[] };
  expect(include.map((it) => it.shard)).toEqual(['1/2', '2/2']);
  for (const { id, shard } of include) {
    const part = ['--shard', shard, '--durations', 'whole', '--output-dir', `shards/${id}`];
    const { status, stdout, stderr } = await patchproof(stage.folder, 'run', ...words, ...part);
    expect(status, stderr).toBe(0);
    expect(stdout).toContain(`This is shard ${shard.replace('/', ' of ')}`);
  }
  const merged = await patchproof(stage.folder, 'merge', 'shards', '--output-dir', 'all', '--json');
  expect(merged.status, merged.stderr).toBe(0);
  const [a, b] = [merged, whole].map(({ stdout }) => JSON.parse(stdout) as Verdict);
  expect(a?.candidates).toEqual(b?.candidates);
  expect(a?.drops).toEqual(b?.drops);
  const verdict = await patchproof(stage.folder, 'verdict', 'all', '--json');
  expect(verdict).toEqual({ status: 0, stdout: merged.stdout, stderr: '' });

  rmSync(path.join(stage.folder, 'shards', include[0]?.id ?? ''), { recursive: true });
  const partial = await patchproof(stage.folder, 'merge', 'shards', '--output-dir', 'part');
  expect(partial.status).toBe(69);
  expect(partial.stdout).toContain('shard 1 of 2 is missing');
});

it.each(['0/2', '3/2', 'half'])('run --shard %s is wrong usage', async (shard) => {
  const stage = warmStage();
  const { status, stderr } = await patchproof(stage.folder, 'run', stage.proof, '--shard', shard);
  expect(status).toBe(2);
  expect(stderr).toContain('2/4');
});

/** `patchproof b4-check` with a mail on its standard input, as b4 starts it. */
async function b4(cwd: string, mail: string, ...words: string[]) {
  // It keeps the evidence there.
  const env = { ...process.env, TMPDIR: temporary() };
  const main = fileURLToPath(new URL('../../runner/cli/main.ts', import.meta.url));
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [main, 'b4-check', ...words],
      { cwd, env },
      (_error, stdout, stderr) => resolve({ status: child.exitCode, stdout, stderr }),
    );
    child.stdin?.end(mail);
  });
}

it('b4-check: a mail in, the array that b4 documents out', async () => {
  const stage = warmStage();
  const mail = `From: A <a@example.org>\nSubject: [PATCH] two: stop losing\n\nWhy.\n---\n${patches.good}`;
  const { status, stdout, stderr } = await b4(
    stage.folder,
    mail,
    ...[stage.proof, '--kernel', stage.tree, '--output-dir', 'run'],
  );
  expect(status, stderr).toBe(0);
  const found = JSON.parse(stdout) as B4Check[];
  expect(found).toEqual([
    {
      tool: 'patchproof',
      status: 'pass',
      summary: expect.stringMatching(/^proved: /) as string,
      url: expect.stringMatching(/^file:\/\/\/.*\/run\/report\.html$/) as string,
      details: readFileSync(path.join(stage.run, 'report.txt'), 'utf8'),
    },
  ]);
  expect(found[0]?.details).toContain('two: stop losing');
});

it.each([
  ['quoted', patches.good.replaceAll(/^/gm, '> ')],
  [
    'base64',
    `Subject: [PATCH] two\nMIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n${Buffer.from(patches.good).toString('base64')}\n`,
  ],
])('b4-check: a %s mail is read as --patch reads it', async (_kind, mail) => {
  const stage = warmStage();
  const { stdout, stderr } = await b4(stage.folder, mail, stage.proof, '--kernel', stage.tree);
  expect(JSON.parse(stdout), stderr).toMatchObject([{ status: 'pass' }]);
});

it('b4-check: a cover letter is nothing to try, a broken test fails, a stranger is a warning', async () => {
  const cover = warmStage();
  const letter = await b4(cover.folder, 'Subject: [PATCH 0/2] two\n\nSeveral patches.\n');
  expect(letter.status).toBe(0);
  expect(JSON.parse(letter.stdout)).toMatchObject([{ tool: 'patchproof', status: 'warn' }]);

  const stage = warmStage({ patched: [{ two: 'fail' }] });
  const words = [stage.proof, '--kernel', stage.tree];
  const broken = await b4(stage.folder, patches.good, ...words);
  expect(JSON.parse(broken.stdout)).toMatchObject([{ status: 'fail' }]);
  const stranger = await b4(stage.folder, patches.stranger, ...words);
  expect(JSON.parse(stranger.stdout)).toMatchObject([{ status: 'warn' }]);
});
