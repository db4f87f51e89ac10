// SPDX-License-Identifier: MIT
import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildKernel } from '../../runner/kernel/build/build.ts';
import type { BuildRequest } from '../../runner/kernel/build/build.ts';
import { parsePatch } from '../../runner/kernel/patch/parse.ts';
import type { Patch } from '../../runner/kernel/model.ts';
import {
  failure,
  fakeCommands,
  fakeTree,
  recorder,
  sourceOf,
  toolchain,
  useCache,
} from './helpers.ts';

function request(tree: string, more: Partial<BuildRequest> = {}): BuildRequest {
  return {
    source: sourceOf(tree),
    patch: null,
    seed: null,
    profile: 'lean',
    fragments: [],
    wishes: [],
    given: '',
    toolchain,
    variant: 'base',
    jobs: 2,
    ...more,
  };
}

/** A patch that puts a line below the first one of a file of the fake tree. */
function patchOf(file: string, from: string, to: string): Patch {
  return parsePatch(
    `--- a/${file}\n+++ b/${file}\n@@ -1,2 +1,3 @@\n ${from}\n+${to}\n {\n`,
    path.basename(file),
  );
}

const two = 'int two(void)';

/** The objects compiled since the last call. */
function compiled(): string[] {
  const file = process.env['COMPILED'] ?? '';
  const names = readFileSync(file, 'utf8').split('\n').filter(Boolean).toSorted();
  writeFileSync(file, '');
  return names;
}

/** Everything in the cache but the shared compiler cache. */
function entries(cache: string): string[] {
  return execFileSync('find', [cache, '-mindepth', '2', '-maxdepth', '2'], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
    .map((entry) => path.relative(cache, entry))
    .toSorted();
}

describe('buildKernel', () => {
  it('compiles once; the second run takes everything from the cache', async () => {
    const cache = useCache();
    const tree = fakeTree();
    const first = await buildKernel(request(tree), recorder());
    expect(compiled()).toEqual(['net/one.o', 'net/three.o', 'net/two.o']);
    expect(first).toMatchObject({ cached: false, objects: 3, release: '6.12.7' });
    expect(readdirSync(first.folder).toSorted()).toEqual([
      'System.map',
      'build.json',
      'build.log',
      'bzImage',
      'config',
      'vmlinux',
    ]);
    const second = await buildKernel(request(tree), recorder());
    expect(compiled()).toEqual([]);
    expect(second).toMatchObject({ cached: true, objects: 0, imageHash: first.imageHash });
    expect(entries(cache)).toEqual([`kernels/${first.key}`, `objects/${first.key}`]);
  });

  it('starts a patched build from base’s objects and leaves those and the source as they are', async () => {
    const cache = useCache();
    const tree = fakeTree();
    const base = await buildKernel(request(tree), recorder());
    compiled();
    const objects = path.join(cache, 'objects', base.key);
    const listing = (): string =>
      execFileSync('sh', ['-c', 'find . -type f -printf "%p %s %T@\\n" | sort'], {
        cwd: objects,
        encoding: 'utf8',
      });
    const before = listing();
    const context = recorder();
    const patch = patchOf('net/two.c', two, '/* new */');
    const patched = await buildKernel(
      request(tree, { patch, seed: base, variant: 'patched' }),
      context,
    );
    expect(compiled()).toEqual(['net/two.o']);
    expect(patched.objects).toBe(1);
    expect(patched.imageHash).not.toBe(base.imageHash);
    expect(listing()).toBe(before);
    expect(readFileSync(path.join(tree, 'net/two.c'), 'utf8')).not.toContain('new');
    const progress = context.events.filter(
      (event) => event.type === 'stage-progress' && event.where.stage === 'build',
    );
    expect(progress).toMatchObject([{ done: 1, total: 1, detail: 'net/two.o' }]);
    const finished = context.events.flatMap((event) =>
      event.type === 'stage-finished' ? [event.where.stage] : [],
    );
    expect(finished).toEqual(['patch', 'configure', 'build']);
  });

  it.each([
    ['leaves Kconfig alone', 'net/two.c', two, {}, /as base is/],
    ['changes a Kconfig file', 'Kconfig', 'config NET', {}, /symbols of profile lean hold/],
    ['is for another config than base', 'net/two.c', two, { given: 'CONFIG_X=y\n' }, /hold/],
  ])('a patch that %s: its config', async (_, file, from, more, detail) => {
    useCache();
    const tree = fakeTree({ Kconfig: 'config NET\n {\n' });
    const base = await buildKernel(request(tree), recorder());
    const context = recorder();
    const patch = parsePatch(
      `--- a/${file}\n+++ b/${file}\n@@ -1,2 +1,3 @@\n ${from}\n+\n ${file === 'Kconfig' ? ' ' : ''}{\n`,
      'a.patch',
    );
    const built = await buildKernel(request(tree, { patch, seed: base, ...more }), context);
    const told = context.events.flatMap((event) =>
      event.type === 'stage-finished' && event.where.stage === 'configure' ? [event.detail] : [],
    );
    expect(told).toEqual([expect.stringMatching(detail)]);
    expect(readFileSync(built.config, 'utf8').includes('CONFIG_X=y')).toBe('given' in more);
  });

  it('gives the same image for a patch that changes only a comment, and for a second build', async () => {
    useCache();
    const tree = fakeTree();
    const base = await buildKernel(request(tree), recorder());
    const patch = patchOf('net/two.c', two, '// only a comment');
    const same = await buildKernel(request(tree, { patch, seed: base }), recorder());
    expect(same.key).not.toBe(base.key);
    expect(same.imageHash).toBe(base.imageHash);
    useCache();
    expect((await buildKernel(request(tree), recorder())).imageHash).toBe(base.imageHash);
  });

  it('does not take objects of another source, which could be newer than this one', async () => {
    useCache();
    const tree = fakeTree();
    const other = await buildKernel(request(tree), recorder());
    compiled();
    const source = sourceOf(tree, 'b'.repeat(64));
    await buildKernel(request(tree, { source, seed: other }), recorder());
    expect(compiled()).toHaveLength(3);
  });

  it('shows a compile error by file and line, keeps the log, and leaves no entry', async () => {
    const cache = useCache();
    const tree = fakeTree();
    const base = await buildKernel(request(tree), recorder());
    const patch = patchOf('net/two.c', two, '#error');
    const error = await failure(buildKernel(request(tree, { patch, seed: base }), recorder()));
    expect({ code: error.code, exit: error.exitCode }).toEqual({ code: 'build-failed', exit: 69 });
    expect(error.evidence).toEqual(['net/two.c:2:2: error: planted']);
    expect(readFileSync(error.log ?? '', 'utf8')).toContain('planted');
    expect(entries(cache).filter((entry) => !entry.startsWith('failures/'))).toEqual([
      `kernels/${base.key}`,
      `objects/${base.key}`,
    ]);
  });

  it('does not keep an image that holds another kernel than the one that was linked', async () => {
    const cache = useCache();
    const tree = fakeTree();
    appendFileSync(
      path.join(tree, 'Makefile'),
      `packed := arch/x86/boot/compressed
bzImage: piggy
piggy:
	@mkdir -p $(O)/$(packed)
	@echo '.incbin "$(packed)/vmlinux.bin.gz"' > $(O)/$(packed)/piggy.S
	@echo 'not in the image' > $(O)/$(packed)/vmlinux.bin.gz
`,
    );
    const error = await failure(buildKernel(request(tree), recorder()));
    expect(error).toMatchObject({ code: 'image-inconsistent', exitCode: 69 });
    expect(entries(cache)).toEqual([]);
  });

  it('a patch that does not apply compiles nothing and leaves nothing', async () => {
    const cache = useCache();
    const tree = fakeTree();
    const patch = patchOf('net/two.c', 'int three(void)', 'x');
    const error = await failure(buildKernel(request(tree, { patch }), recorder()));
    expect(error.code).toBe('patch-does-not-apply');
    expect(compiled()).toEqual([]);
    expect(entries(cache)).toEqual([]);
  });

  it('lets one build at a time into the workshop; two of the same kernel compile it once', async () => {
    useCache();
    const tree = fakeTree();
    const waiting = recorder();
    const [left, right] = await Promise.all([
      buildKernel(request(tree), waiting),
      buildKernel(request(tree), waiting),
    ]);
    expect(left.imageHash).toBe(right.imageHash);
    expect(compiled()).toHaveLength(3);
    expect(
      waiting.events.some(
        (event) => 'detail' in event && event.detail === 'waiting for another build',
      ),
    ).toBe(true);
  });
});

describe('trouble on the host', () => {
  it('a full disk is said so, and never the patch’s fault', async () => {
    const cache = useCache();
    const tree = fakeTree();
    fakeCommands({
      cp: '#!/bin/sh\necho "cp: error writing x: No space left on device" >&2\nexit 1\n',
    });
    const error = await failure(buildKernel(request(tree), recorder()));
    expect({ code: error.code, exit: error.exitCode }).toEqual({ code: 'disk-full', exit: 69 });
    expect(entries(cache)).toEqual([]);
  });

  it('a workshop taken over by another process is no compile error', async () => {
    const cache = useCache();
    const tree = fakeTree({ 'net/four.c': '#wait\n' });
    const building = failure(buildKernel(request(tree), recorder()));
    await hanging();
    // As if the lock had been thought stale: someone else's now.
    execFileSync('rm', ['-r', path.join(cache, 'workshop.lock')]);
    const error = await building;
    expect({ code: error.code, exit: error.exitCode }).toEqual({ code: 'workshop-lost', exit: 69 });
  });
});

/** Resolves when the fake compiler hangs in a `#wait`. */
async function hanging(): Promise<void> {
  const file = `${process.env['COMPILED']}.waiting`;
  const watcher = watch(path.dirname(file));
  while (!existsSync(file)) await once(watcher, 'change');
  watcher.close();
}

/** Processes that name a folder in their command line or work in it, as a recipe's shell does. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder) ||
          readlinkSync(`/proc/${pid}/cwd`).startsWith(folder))
      );
    } catch {
      return false;
    }
  });
}

describe('a build that is cut short', () => {
  it('Ctrl-C: stops make, empties the workshop, exit 130', async () => {
    const cache = useCache();
    const tree = fakeTree({ 'net/four.c': '#wait\n' });
    const context = recorder();
    const building = failure(buildKernel(request(tree), context));
    await hanging();
    context.abort();
    expect((await building).exitCode).toBe(130);
    expect(entries(cache)).toEqual([]);
    expect(processesOf(cache)).toEqual([]);
  });

  it('SIGKILL: no process and no half entry stays, and the next build succeeds', async () => {
    const cache = useCache();
    const tree = fakeTree({ 'net/four.c': '#wait\n' });
    const script = `
      import { buildKernel } from ${JSON.stringify(new URL('../../runner/kernel/build/build.ts', import.meta.url).href)};
      await buildKernel(${JSON.stringify(request(tree))}, { emit() {}, signal: new AbortController().signal, cell: 'x' });
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: 'ignore',
    });
    await hanging();
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => processesOf(cache), { timeout: 5000 }).toEqual([]);
    expect(entries(cache).filter((entry) => /^(kernels|objects)/.test(entry))).toEqual([]);
    // The dead process's lock is taken over once it is old.
    execFileSync('touch', ['-d', '1 hour ago', path.join(cache, 'workshop.lock')]);
    writeFileSync(path.join(tree, 'net/four.c'), 'int four;\n');
    const built = await buildKernel(request(tree), recorder());
    expect(built.objects).toBe(4);
    expect(entries(cache)).toEqual([`kernels/${built.key}`, `objects/${built.key}`]);
  });
});
