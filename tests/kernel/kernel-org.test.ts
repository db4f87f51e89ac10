// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { download } from '../../runner/kernel/source/download.ts';
import { resolveSource } from '../../runner/kernel/source/index.ts';
import { parseChecksums } from '../../runner/kernel/source/kernel-org.ts';
import { toolFile } from '../host/tool-file.ts';
import {
  failure,
  fakeCommands,
  fakeTree,
  recorder,
  setEnv,
  temporary,
  useCache,
} from './helpers.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on 127.0.0.1; returns its address and what was asked of it. */
async function serve(handler: Handler): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.range ?? ''}`.trim());
    handler(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** No apt on this host, so that Debian is never asked. */
function withoutApt(): void {
  const folder = fakeCommands({});
  for (const tool of [
    'sh',
    'tar',
    'xz',
    'git',
    'cat',
    'rm',
    'mv',
    'cp',
    'kill',
    'env',
    'mkdir',
    'chmod',
  ])
    symlinkSync(toolFile(tool), path.join(folder, tool));
  setEnv('PATH', folder);
}

function tarball(version: string): { bytes: Buffer; sum: string } {
  const tree = fakeTree();
  const [, , sub = '0'] = version.split('.');
  execFileSync('sed', ['-i', `s/^SUBLEVEL = .*/SUBLEVEL = ${sub}/`, path.join(tree, 'Makefile')]);
  const file = path.join(temporary(), 'linux.tar.xz');
  execFileSync('tar', [
    '-cJf',
    file,
    '-C',
    path.dirname(tree),
    '--transform',
    `s/^tree/linux-${version}/`,
    'tree',
  ]);
  const bytes = readFileSync(file);
  return { bytes, sum: createHash('sha256').update(bytes).digest('hex') };
}

const noProgress = (): void => {};

describe('kernel.org', () => {
  it('gives the newest release of a series, its checksum verified, and then the cache does', async () => {
    useCache();
    const { bytes, sum } = tarball('6.12.10');
    const sums = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${'0'.repeat(64)}  linux-6.12.9.tar.xz\n${sum}  linux-6.12.10.tar.xz\n${'1'.repeat(64)}  patch-6.12.11.xz\n${'2'.repeat(64)}  linux-6.1.200.tar.xz\n`;
    const { url, asked } = await serve((request, response) => {
      response.end(request.url === '/v6.x/sha256sums.asc' ? sums : bytes);
    });
    setEnv('PATCHPROOF_KERNEL_ORG', url);
    withoutApt();
    const source = await resolveSource('6.12', recorder());
    expect(source).toMatchObject({
      version: '6.12.10',
      series: '6.12',
      hash: sum,
      origin: 'kernel.org linux-6.12.10',
    });
    expect(readFileSync(path.join(source.folder, 'net/one.c'), 'utf8')).toContain('int one');
    expect(asked).toEqual(['/v6.x/sha256sums.asc', '/v6.x/linux-6.12.10.tar.xz']);
    expect((await resolveSource('6.12.10', recorder())).folder).toBe(source.folder);
    expect(asked).toHaveLength(2);
  });

  it('a kernel that nobody has is wrong usage and says what was tried', async () => {
    useCache();
    const { url } = await serve((_, response) => response.end(''));
    setEnv('PATCHPROOF_KERNEL_ORG', url);
    withoutApt();
    const error = await failure(resolveSource('6.99.1', recorder()));
    expect({ code: error.code, exit: error.exitCode }).toEqual({
      code: 'kernel-not-found',
      exit: 2,
    });
    expect(error.evidence.join('\n')).toMatch(
      /the cache: .*\nkernel\.org: .*\nDebian's linux-source-6\.99: /,
    );
  });

  it('no answer from anywhere is no network, not wrong usage', async () => {
    const cache = useCache();
    setEnv('PATCHPROOF_KERNEL_ORG', 'http://127.0.0.1:1');
    withoutApt();
    const error = await failure(resolveSource('6.12', recorder()));
    expect({ code: error.code, exit: error.exitCode }).toEqual({ code: 'no-network', exit: 69 });
    expect(existsSync(path.join(cache, 'sources'))).toBe(false);
  });

  it('release candidates come from the list of releases, with a note that no checksum is published', async () => {
    useCache();
    const { bytes } = tarball('6.12.0');
    const { url } = await serve((request, response) => {
      if (request.url !== '/releases.json') return response.end(bytes);
      const releases = [{ version: '6.12-rc4', source: `${url}/linux-6.12-rc4.tar.xz` }];
      return response.end(JSON.stringify({ releases }));
    });
    setEnv('PATCHPROOF_KERNEL_ORG', url);
    withoutApt();
    const context = recorder();
    await resolveSource('v6.12-rc4', context);
    expect(
      context.events.some((event) => event.type === 'note' && event.text.includes('no checksum')),
    ).toBe(true);
  });

  it('reads only tarballs out of the list of checksums', () => {
    const text = `${'a'.repeat(64)}  linux-6.12.1.tar.xz\n${'b'.repeat(64)}  linux-6.12.1.tar.gz\n${'c'.repeat(64)}  ChangeLog-6.12.1\n`;
    expect([...parseChecksums(text)]).toEqual([['6.12.1', 'a'.repeat(64)]]);
  });
});

describe('download', () => {
  const content = Buffer.from('0123456789'.repeat(1000));
  const sum = createHash('sha256').update(content).digest('hex');

  /** A server that sends 5,000 bytes and nothing more; `cut` ends the connection. */
  async function serveHalf(
    whole: (from: number, response: ServerResponse) => void,
  ): Promise<{ url: string; asked: string[]; cut: (done: number) => void }> {
    let half: ServerResponse | undefined;
    const { url, asked } = await serve((request, response) => {
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      if (half !== undefined) return whole(from, response);
      half = response;
      response.writeHead(200, { 'content-length': content.length });
      return response.write(content.subarray(0, 5000));
    });
    return { url, asked, cut: (done) => (done === 5000 ? half?.destroy() : undefined) };
  }

  it('goes on where a connection broke off', async () => {
    useCache();
    const { url, asked, cut } = await serveHalf((from, response) => {
      response.writeHead(206, { 'content-length': content.length - from });
      response.end(content.subarray(from));
    });
    const file = await download(`${url}/x.tar.xz`, sum, cut, recorder().signal);
    expect(readFileSync(file).equals(content)).toBe(true);
    expect(asked).toEqual(['/x.tar.xz', '/x.tar.xz bytes=5000-']);
  });

  it('starts over when the server does not know ranges', async () => {
    useCache();
    const { url, cut } = await serveHalf((_, response) => response.end(content));
    const file = await download(`${url}/x`, sum, cut, recorder().signal);
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('of a file that is all there asks for no byte of it again', async () => {
    const cache = useCache();
    const { url, asked } = await serve((request, response) => {
      if (request.headers.range === undefined) response.end(content);
      else response.writeHead(416).end();
    });
    const file = await download(`${url}/x`, sum, noProgress, recorder().signal);
    renameSync(file, `${file}.partial`);
    expect(await download(`${url}/x`, sum, noProgress, recorder().signal)).toBe(file);
    expect(asked).toEqual(['/x', `/x bytes=${content.length}-`]);
    expect(readdirSync(path.join(cache, 'downloads'))).toEqual([path.basename(file)]);
  });

  it('refuses and removes what has another checksum', async () => {
    const cache = useCache();
    const { url } = await serve((_, response) => response.end('something else'));
    const error = await failure(download(`${url}/x`, sum, noProgress, recorder().signal));
    expect({ code: error.code, exit: error.exitCode }).toEqual({
      code: 'checksum-mismatch',
      exit: 69,
    });
    expect(error.evidence[0]).toContain(sum);
    expect(readdirSync(path.join(cache, 'downloads'))).toEqual([]);
  });

  it('does not try again after an answer such as 404, but does after a dead line', async () => {
    useCache();
    const { url, asked } = await serve((request, response) => {
      if (request.url === '/gone') response.writeHead(404).end();
      else response.destroy();
    });
    const signal = recorder().signal;
    await expect(download(`${url}/gone`, sum, noProgress, signal)).rejects.toMatchObject({
      status: 404,
    });
    await expect(download(`${url}/dead`, sum, noProgress, signal)).rejects.toMatchObject({
      status: null,
    });
    expect(asked).toEqual(['/gone', '/dead', '/dead', '/dead', '/dead']);
  });

  it('stops when interrupted', async () => {
    useCache();
    const { url } = await serve((_, response) => response.write('a little'));
    const context = recorder();
    const error = await failure(download(`${url}/x`, sum, () => context.abort(), context.signal));
    expect(error.exitCode).toBe(130);
  });

  it('of the same file by two runs at once is made once', async () => {
    useCache();
    const { url, asked } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 5000), () => {
        setTimeout(() => response.end(content.subarray(5000)), 200);
      });
    });
    const said: string[] = [];
    const both = await Promise.all(
      [1, 2].map(() =>
        download(`${url}/x`, sum, (_, __, detail) => said.push(detail), recorder().signal),
      ),
    );
    expect(both[0]).toBe(both[1]);
    expect(readFileSync(both[0] ?? '').equals(content)).toBe(true);
    expect(asked).toEqual(['/x']);
    expect(said).toContain('waiting for another download');
  });
});
