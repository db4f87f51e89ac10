// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { resolveSource } from '../../runner/kernel/source/index.ts';
import { failure, fakeTree, recorder, setEnv, temporary, useCache, write } from './helpers.ts';

const identity = ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.org'];

/** A repository with two commits: tag v6.12.7 with net/one.c as it was, and branch main after it. */
function repository(): { folder: string; git: (...args: string[]) => string } {
  const folder = fakeTree({ '.gitignore': '*.o\n', 'scripts/run.sh': '#!/bin/sh\n' });
  const git = (...args: string[]): string =>
    execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' }).trim();
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  git('tag', '-a', '-m', 'release', 'v6.12.7');
  writeFileSync(path.join(folder, 'net/one.c'), 'int one(void)\n{\n\treturn 11;\n}\n');
  git('commit', '-q', '-a', '-m', 'second');
  return { folder, git };
}

const one = (source: { folder: string }): string =>
  readFileSync(path.join(source.folder, 'net/one.c'), 'utf8');

describe('a git repository as kernel source', () => {
  it('gives the branch, the tag and the commit that is named', async () => {
    useCache();
    const { folder, git } = repository();
    const branch = await resolveSource(`git:${folder}#main`, recorder());
    expect(one(branch)).toContain('return 11');
    const tag = await resolveSource(`git:${folder}#v6.12.7`, recorder());
    expect(one(tag)).toContain('return 1;');
    const commit = await resolveSource(`git:${folder}#${git('rev-parse', 'main')}`, recorder());
    expect(commit.folder).toBe(branch.folder);
    expect(await resolveSource(`git:${folder}`, recorder())).toMatchObject({ hash: branch.hash });
    expect(branch).toMatchObject({ version: '6.12.7', series: '6.12' });
    expect(branch.origin).toBe(`${folder} main, commit ${git('rev-parse', 'main').slice(0, 12)}`);
    expect(tag.hash).toBe(git('rev-parse', 'v6.12.7^{tree}'));
  });

  it('follows a branch that moves, and knows content that it had before', async () => {
    useCache();
    const { folder, git } = repository();
    const before = await resolveSource(`git:${folder}#main`, recorder());
    git('revert', '--no-edit', 'HEAD');
    const after = await resolveSource(`git:${folder}#main`, recorder());
    expect(one(after)).not.toBe(one(before));
    const tag = await resolveSource(`git:${folder}#v6.12.7`, recorder());
    expect(tag.folder).toBe(after.folder);
  });

  it('writes nothing into the repository and brings no history and no .git', async () => {
    const cache = useCache();
    const { folder, git } = repository();
    const print = (): string =>
      execFileSync('sh', ['-c', 'find . -printf "%p %s %T@ %i %m\\n" | sort'], {
        cwd: folder,
        encoding: 'utf8',
      });
    const before = print();
    const source = await resolveSource(`git:${folder}#main`, recorder());
    expect(print()).toBe(before);
    expect(existsSync(path.join(source.folder, '.git'))).toBe(false);
    const mirror = path.join(cache, 'mirrors', readdirSync(path.join(cache, 'mirrors'))[0] ?? '');
    const parent = git('rev-parse', 'main~1');
    expect(() =>
      execFileSync('git', [`--git-dir=${mirror}`, 'cat-file', '-e', parent], { stdio: 'ignore' }),
    ).toThrow('Command failed');
  });

  it('keeps modes, and gives every file the same time', async () => {
    useCache();
    const { folder } = repository();
    const { folder: tree } = await resolveSource(`git:${folder}#main`, recorder());
    expect(statSync(path.join(tree, 'scripts/run.sh')).mode & 0o111).toBe(0o111);
    expect(statSync(path.join(tree, 'net/one.c')).mode & 0o111).toBe(0);
    const times = new Set(
      readdirSync(tree, { recursive: true }).map(
        (name) => statSync(path.join(tree, String(name))).mtimeMs,
      ),
    );
    expect([...times]).toEqual([Date.UTC(2000, 0, 1)]);
  });

  it('is not asked again for a commit that was fetched', async () => {
    useCache();
    const { folder, git } = repository();
    const spec = `git:${folder}#${git('rev-parse', 'main')}`;
    const first = await resolveSource(spec, recorder());
    rmSync(folder, { recursive: true });
    expect((await resolveSource(spec, recorder())).folder).toBe(first.folder);
  });

  it("does not take the user's git configuration", async () => {
    useCache();
    const { folder } = repository();
    const home = temporary();
    write(home, { '.gitconfig': '[core]\n\tautocrlf = true\n' });
    setEnv('HOME', home);
    expect(one(await resolveSource(`git:${folder}#main`, recorder()))).not.toContain('\r');
  });

  it('says that a ref does not exist, and how to see those that do', async () => {
    useCache();
    const { folder } = repository();
    const error = await failure(resolveSource(`git:${folder}#v9.9`, recorder()));
    expect({ exit: error.exitCode, code: error.code }).toEqual({
      exit: 2,
      code: 'git-no-such-ref',
    });
    expect(error.message).toContain('v9.9');
    expect(error.remedy).toContain(`git ls-remote ${folder}`);
  });

  it('says why a repository cannot be read: no verdict', async () => {
    useCache();
    const gone = await failure(resolveSource(`git:${temporary()}/gone#main`, recorder()));
    expect({ exit: gone.exitCode, code: gone.code }).toEqual({ exit: 69, code: 'git-unreachable' });
  });

  it('lets git put in what its environment says of an address, and tells nobody of it', async () => {
    useCache();
    const { folder } = repository();
    const address = 'http://127.0.0.1:9/linux.git';
    const insteadOf = (other: string): void => {
      setEnv('GIT_CONFIG_COUNT', '1');
      setEnv('GIT_CONFIG_KEY_0', `url.${other}.insteadOf`);
      setEnv('GIT_CONFIG_VALUE_0', address);
    };
    insteadOf(folder);
    expect((await resolveSource(`git:${address}#main`, recorder())).origin).toContain(address);
    const events = recorder();
    insteadOf('http://user:token@127.0.0.1:9/other.git');
    const refused = await failure(resolveSource(`git:${address}#main`, events));
    expect(refused.code).toBe('git-unreachable');
    // git itself was told of it.
    expect(refused.evidence.join()).toContain('127.0.0.1:9/other.git');
    const told = [events.events, refused.message, refused.evidence, refused.remedy];
    expect(JSON.stringify(told)).not.toContain('token');
  });

  it('tells nobody of a token that is the user, which git asks a password for', async () => {
    useCache();
    const server = createServer((_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const place = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    setEnv('GIT_CONFIG_COUNT', '1');
    setEnv('GIT_CONFIG_KEY_0', `url.http://token@${place}/.insteadOf`);
    setEnv('GIT_CONFIG_VALUE_0', `http://${place}/`);
    const events = recorder();
    const refused = await failure(resolveSource(`git:http://${place}/linux.git#main`, events));
    expect(refused.evidence.join('\n')).toContain(`Password for 'http://${place}'`);
    const told = [events.events, refused.message, refused.evidence, refused.remedy];
    expect(JSON.stringify(told)).not.toContain('token');
  });

  it('runs no command that an address names', async () => {
    useCache();
    const mark = path.join(temporary(), 'mark');
    await failure(resolveSource(`git:ext::touch ${mark}#main`, recorder()));
    // The error is the same whether or not the command ran.
    expect(existsSync(mark)).toBe(false);
  });

  it.each(['git:--upload-pack=id#main', 'git:/x#--all', 'git:/x#a..b', 'git:/x#'])(
    'starts no git for %s',
    async (spec) => {
      useCache();
      expect((await failure(resolveSource(spec, recorder()))).code).toBe('kernel-spec');
    },
  );

  it('refuses a repository that holds no kernel, and keeps nothing of it', async () => {
    const cache = useCache();
    const { folder, git } = repository();
    git('rm', '-q', '-r', 'init');
    git('commit', '-q', '-m', 'no kernel any more');
    const error = await failure(resolveSource(`git:${folder}#main`, recorder()));
    expect(error.code).toBe('not-a-kernel-tree');
    expect(existsSync(path.join(cache, 'sources'))).toBe(false);
  });
});
