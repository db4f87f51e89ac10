// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readPatch } from '../../../runner/kernel/patch/read.ts';
import { sourceWithout } from '../../../runner/kernel/patch/revert.ts';
import { resolveSource } from '../../../runner/kernel/source/index.ts';
import {
  failure,
  fakeCommands,
  fakeTree,
  recorder,
  setEnv,
  temporary,
  useCache,
  write,
} from '../helpers.ts';
import { fixture, good } from './helpers.ts';

/** A mail archive that knows one thread; what it was asked for. */
async function archive(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const isThere = /\/one@example\.org\/t\.mbox\.gz$|\/raw\.patch$/.test(request.url ?? '');
    response.writeHead(isThere ? 200 : 404);
    const bytes = fixture('series.mbox');
    response.end(!isThere ? 'no' : request.url === '/raw.patch' ? bytes : gzipSync(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** A b4 that must not be asked: it knows no other archive than kernel.org's. */
function noB4(): void {
  fakeCommands({ b4: '#!/bin/sh\nexit 1\n' });
}

describe('a mail on an archive', () => {
  it.each([
    '<one@example.org>',
    'one@example.org',
    'https://lore.kernel.org/net/one@example.org/T/#u',
  ])('%s: fetched from PATCHPROOF_LORE_URL as mbox.gz', async (given) => {
    const { url, asked } = await archive();
    noB4();
    setEnv('PATCHPROOF_LORE_URL', `${url}/all/`);
    const patch = await readPatch(given);
    expect(asked).toEqual(['/all/one@example.org/t.mbox.gz']);
    expect(patch.text).toBe(good.both);
    expect(patch.subject).toBe('ring: holding and closing (2 patches)');
  });

  it('an address of another archive, and of a file, are fetched from there', async () => {
    const { url, asked } = await archive();
    noB4();
    expect((await readPatch(`${url}/mine/one@example.org/`)).text).toBe(good.both);
    expect((await readPatch(`${url}/raw.patch`)).text).toBe(good.both);
    expect(asked).toEqual(['/mine/one@example.org/t.mbox.gz', '/raw.patch']);
  });

  it('one that the archive does not have is wrong usage; no archive is no network', async () => {
    const { url } = await archive();
    noB4();
    setEnv('PATCHPROOF_LORE_URL', url);
    const missing = await failure(readPatch('two@example.org'));
    expect({ code: missing.code, exit: missing.exitCode }).toEqual({
      code: 'no-such-message',
      exit: 2,
    });
    expect(missing.evidence[0]).toContain('HTTP 404');
    setEnv('PATCHPROOF_LORE_URL', 'http://127.0.0.1:1');
    const dead = await failure(readPatch('one@example.org'));
    expect({ code: dead.code, exit: dead.exitCode }).toEqual({ code: 'no-network', exit: 69 });
  });

  it('goes through b4 where it is installed and the archive is kernel.org’s', async () => {
    const folder = temporary();
    write(folder, { thread: fixture('series.mbox').toString() });
    fakeCommands({ b4: `#!/bin/sh\necho "$*" > ${folder}/asked\ncat ${folder}/thread\n` });
    setEnv('PATCHPROOF_LORE_URL', '');
    expect((await readPatch('<one@example.org>')).text).toBe(good.both);
    expect(execFileSync('cat', [path.join(folder, 'asked')], { encoding: 'utf8' })).toBe(
      '-n --no-stdin am --no-add-trailers -o - one@example.org\n',
    );
    fakeCommands({ b4: '#!/bin/sh\necho "That message-id is not known." >&2\nexit 1\n' });
    const error = await failure(readPatch('<one@example.org>'));
    expect({ code: error.code, exit: error.exitCode }).toEqual({ code: 'b4-failed', exit: 69 });
    expect(error.evidence).toEqual(['That message-id is not known.']);
  });
});

describe('a folder', () => {
  const parts = fixture('series.mbox')
    .toString()
    .split(/\n(?=From [0-9a-f]{40} )/);

  it('with a series file: its patches in its order', async () => {
    const folder = temporary();
    write(folder, {
      series: '# what is needed\nb.patch -p1\n\na.patch # comes second\n',
      'a.patch': parts[2] ?? '',
      'b.patch': parts[1] ?? '',
      'c.patch': 'not named\n',
    });
    expect((await readPatch(folder)).text).toBe(good.both);
  });

  it('as git format-patch leaves it: by number, the cover letter left out', async () => {
    const folder = temporary();
    write(folder, {
      '0002-b.patch': parts[2] ?? '',
      '0001-a.patch': parts[1] ?? '',
      '0000-cover-letter.patch': parts[0] ?? '',
    });
    expect((await readPatch(folder)).text).toBe(good.both);
  });

  it('a series file that asks for more than is understood is refused with its line', async () => {
    const folder = temporary();
    write(folder, { series: 'a.patch\nb.patch -R\n', 'a.patch': '', 'b.patch': '' });
    const error = await failure(readPatch(folder));
    expect({ code: error.code, exit: error.exitCode }).toEqual({ code: 'series-file', exit: 2 });
    expect(error.message).toContain('series:2: the option -R');
  });
});

describe('commits of the --kernel tree', () => {
  function repository(): string {
    const tree = fakeTree({ 'tools/keep': '' });
    const git = (...words: string[]): void => {
      const who = ['-c', 'user.name=a', '-c', 'user.email=a@b'];
      execFileSync('git', [...who, ...words], { cwd: tree });
    };
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'base');
    for (const value of ['20', '200']) {
      write(tree, { 'net/two.c': `int two(void)\n{\n\treturn ${value};\n}\n` });
      git('commit', '-qam', `net: two is ${value}`);
    }
    return tree;
  }

  it('a range and a commit; base is the tree without them', async () => {
    useCache();
    const tree = repository();
    const context = recorder();
    const range = await readPatch('HEAD~2..HEAD', { kernels: [tree] });
    expect(range.subject).toBe('net: two is 20 (2 patches)');
    expect(range.text.match(/^\+\t.*/gm)).toEqual(['+\treturn 20;', '+\treturn 200;']);
    const last = await readPatch('HEAD', { kernels: ['6.12', tree] });
    expect(last.subject).toBe('net: two is 200');
    const source = await resolveSource(tree, context);
    const two = async (patch: typeof range): Promise<string> => {
      const base = await sourceWithout(source, [patch], context);
      return execFileSync('cat', [path.join(base.folder, 'net/two.c')], { encoding: 'utf8' });
    };
    expect(await two(last)).toContain('return 20;');
    expect(await two(range)).toContain('return 2;');
  });

  it.each([
    ['HEAD..HEAD', 'revision', 'holds no commit'],
    ['HEAD~1...HEAD', 'revision', 'has two sides'],
    ['no-such-branch', 'no-such-patch', 'no commit of a git tree'],
  ])('%s is refused: %s', async (revision, code, says) => {
    const error = await failure(readPatch(revision, { kernels: [repository()] }));
    expect({ code: error.code, exit: error.exitCode }).toEqual({ code, exit: 2 });
    expect(error.message).toContain(says);
  });
});
