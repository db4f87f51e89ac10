// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { lookup, publish, scratchFolder, sweep } from '../../runner/host/cache.ts';
import { isAbandoned, ownerPrefix } from '../../runner/host/owner.ts';
import { useCache } from '../kernel/helpers.ts';

const write = (text: string) => (folder: string) =>
  Promise.resolve(writeFileSync(path.join(folder, 'file'), text));
const read = (entry: string): string => readFileSync(path.join(entry, 'file'), 'utf8');

describe('publish', () => {
  it('gives an entry its name once it is whole, and makes it only once', async () => {
    useCache();
    const entry = await publish('kernels', 'key', async (folder) => {
      await write('first')(folder);
      expect(await lookup('kernels', 'key')).toBeUndefined();
    });
    expect(await lookup('kernels', 'key')).toBe(entry);
    expect(read(await publish('kernels', 'key', write('second')))).toBe('first');
  });

  it('whoever loses the race takes what the winner made', async () => {
    const cache = useCache();
    let winner = '';
    const entry = await publish('kernels', 'key', async (folder) => {
      await write('loser')(folder);
      winner = await publish('kernels', 'key', write('winner'));
    });
    expect(entry).toBe(winner);
    expect(read(entry)).toBe('winner');
    expect(readdirSync(path.join(cache, 'scratch'))).toEqual([]);
  });

  it('that throws leaves nothing', async () => {
    const cache = useCache();
    const filled = publish('kernels', 'key', async (folder) => {
      await write('half')(folder);
      throw new Error('half-way');
    });
    await expect(filled).rejects.toThrow('half-way');
    expect(await lookup('kernels', 'key')).toBeUndefined();
    expect(readdirSync(path.join(cache, 'scratch'))).toEqual([]);
  });
});

describe('sweep', () => {
  const [pid, start, namespace] = ownerPrefix().slice(0, -1).split('.');

  it('of a cache that is not there yet does nothing', async () => {
    const cache = useCache();
    await sweep();
    expect(readdirSync(cache)).toEqual([]);
  });

  it('removes the folder of a process that is gone, and keeps that of a living one', async () => {
    const cache = useCache();
    const mine = await scratchFolder('mine');
    const module = new URL('../../runner/host/cache.ts', import.meta.url).href;
    const script = `const { scratchFolder } = await import(${JSON.stringify(module)});
      console.log(await scratchFolder('other')); setInterval(() => {}, 1e6);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, PATCHPROOF_CACHE_DIR: cache },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const other = said.trim();
    await sweep();
    expect([existsSync(mine), existsSync(other)]).toEqual([true, true]);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await sweep();
    expect([existsSync(mine), existsSync(other)]).toEqual([true, false]);
  });

  it('a pid that was given to another process does not keep a folder alive', async () => {
    const cache = useCache();
    const folder = path.join(cache, 'scratch', `${pid}.${Number(start) - 1}.${namespace}-old-1`);
    mkdirSync(folder, { recursive: true });
    await sweep();
    expect(existsSync(folder)).toBe(false);
  });

  it('keeps the folders of other containers, whose processes cannot be seen from here', async () => {
    const cache = useCache();
    const folder = path.join(cache, 'scratch', `4194305.1.${Number(namespace) + 1}-theirs-1`);
    mkdirSync(folder, { recursive: true });
    await sweep();
    expect(existsSync(folder)).toBe(true);
  });

  it('judges no name that it did not give', () => {
    expect(isAbandoned('notes')).toBe(false);
    expect(isAbandoned(`4194305.1.${namespace}-x`)).toBe(true);
    expect(isAbandoned(`${ownerPrefix()}x`)).toBe(false);
  });
});
