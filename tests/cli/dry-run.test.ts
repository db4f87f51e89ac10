// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { setStage, type Stage } from '../pipeline/stage.ts';
import { write } from '../kernel/helpers.ts';
import { patchproof, type Ended } from './patchproof.ts';

vi.setConfig({ testTimeout: 60_000 });

const run = (stage: Stage, ...more: readonly string[]): Promise<Ended> =>
  patchproof(
    stage.folder,
    ...['run', stage.proof, '--kernel', stage.tree, '--output-dir', stage.run, '--jobs', '2'],
    ...more,
  );

/** The makes of kernels, without those of tests. */
const ofKernels = (stage: Stage): string[] =>
  stage.made().filter((words) => /olddefconfig|bzImage/.test(words));

const hashOf = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex');

it('builds the tests, prints the plan and does nothing else of it; its commands make what the run makes', async () => {
  const stage = setStage();
  // What the tests ask of the config is part of the kernel's key.
  write(stage.folder, { 'mine/config': 'CONFIG_DUMMY=y\n' });
  const { status, stdout, stderr } = await run(
    stage,
    '--dry-run',
    '--cpus',
    '1',
    '--memory',
    '300',
  );
  expect(status, stdout + stderr).toBe(0);
  expect(existsSync(stage.run)).toBe(false);
  // The source, the tests and what the host can do are kept, no kernel; the scratch folder is empty.
  const kept = ['probes', 'scratch', 'selftests', 'sources'];
  expect(readdirSync(stage.cache).toSorted()).toEqual(kept);
  expect(readdirSync(path.join(stage.cache, 'scratch'))).toEqual([]);
  expect([ofKernels(stage), stage.booted()]).toEqual([[], []]);
  for (const said of [
    '#   The race is won\n#     mine:one/race: base fail, candidate pass\n',
    '#     mine:one drops SOCKET_REPAIR: base absent, candidate counter:repair_segs\n',
    '# Cell ',
    ' 6.12.7: ',
    'net: a change, good.patch, sha256 ',
    `mine, in ${path.join(stage.folder, 'mine')}`,
    '#   programs     mine:one',
    '#                mine:two: 4 tests\n',
    '1 CPUs, 300 MiB, tcg',
    '\nCONFIG_DUMMY=y\n',
    ' vng -v --run ./bzImage ',
    ' --cpus 1 --memory 300M ',
  ])
    expect(stdout).toContain(said);

  // Pasted into a shell: first base, then the patch on its objects.
  const images: string[] = [];
  const paste = (script: string): void => {
    execFileSync('sh', ['-e'], {
      input: script,
      cwd: stage.folder,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const image = path.join(stage.cache, 'workshop/out/arch/x86/boot/bzImage');
    images.push(hashOf(image));
  };
  const [head = '', patched = ''] = stdout.split(/^# Build .* patched$/m);
  const [build = ''] = patched.split(/^# Boot /m);
  paste(head);
  const objects = /^# (\S+) becomes (\S+)$/m.exec(head);
  mkdirSync(path.dirname(objects?.[2] ?? ''), { recursive: true });
  renameSync(objects?.[1] ?? '', objects?.[2] ?? '');
  paste(build);
  const pasted = ofKernels(stage);
  const kernels = [...stdout.matchAll(/are kept as (\S+)$/gm)].map(([, folder = '']) => folder);

  expect((await run(stage)).status).toBe(0);
  expect(ofKernels(stage).slice(pasted.length)).toEqual(pasted);
  // The patch leaves Kconfig alone: its kernel has base's config.
  expect(pasted.map((words) => words.split(' ').at(-1))).toEqual([
    'olddefconfig',
    'bzImage',
    'bzImage',
  ]);
  expect(kernels.map((folder) => hashOf(path.join(folder, 'bzImage')))).toEqual(images);
  expect(new Set(images).size).toBe(2);

  // What is in the cache is not built again.
  const again = await run(stage, '--dry-run', '--output-dir', 'other');
  expect(again.stdout).not.toMatch(/ make /);
  for (const folder of kernels) expect(again.stdout).toContain(`# It is in the cache: ${folder}\n`);
});

it('a patch that does not apply: exit 69, with what the run would say', async () => {
  const stage = setStage();
  const { status, stdout } = await run(stage, '--dry-run', '--patch', stage.patch('stranger'));
  expect(status).toBe(69);
  expect(stdout).toContain('NO VERDICT   patched: The patch stranger.patch does not apply');
  expect(stdout).toContain('add --use-variant');
  expect(stdout).not.toMatch(/^[^#\n]*\b(?:vng|make) /m);
});

it('is no other form of the result', async () => {
  const { status, stderr } = await run(setStage(), '--dry-run', '--json');
  expect(status).toBe(2);
  expect(stderr).toContain("option '--dry-run' cannot be used with option '--json'");
});
