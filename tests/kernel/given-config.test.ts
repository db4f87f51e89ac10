// SPDX-License-Identifier: MIT
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { requestsOf } from '../../runner/kernel/config/configure.ts';
import { readGivenConfig } from '../../runner/kernel/config/given.ts';
import { failure, temporary, write } from './helpers.ts';

function fragment(text: string): string {
  const folder = temporary();
  write(folder, { 'my.config': text });
  return path.join(folder, 'my.config');
}

describe('config symbols from the command line', () => {
  it('win over the profile and the tests, items over files, later over earlier', async () => {
    const first = fragment('CONFIG_IPV6=y\nCONFIG_KASAN=y\nCONFIG_NR_CPUS=4\n');
    const second = fragment('# mine\n\n# CONFIG_KASAN is not set\nCONFIG_NAME="a b"\n');
    const given = await readGivenConfig([first, second], ['CONFIG_NR_CPUS=16', 'IPV6=n']);
    const requests = await requestsOf('lean', [], { series: '6.12', arch: 'x86_64' }, given);
    expect(Object.fromEntries(requests)).toMatchObject({
      KASAN: 'n',
      NR_CPUS: '16',
      IPV6: 'n',
      NAME: '"a b"',
      VETH: 'y',
    });
  });

  it.each(['CONFIG_KASAN', 'KASAN=y', 'CONFIG_KASAN=yes', 'CONFIG_X="open', '<<<<<<< HEAD'])(
    'a file with the line %j is refused with its place',
    async (line) => {
      const file = fragment(`CONFIG_NET=y\n\n${line}\n`);
      const error = await failure(readGivenConfig([file], []));
      expect({ exit: error.exitCode, code: error.code }).toEqual({ exit: 2, code: 'config-file' });
      expect(error.message).toContain(`${file}:3 `);
      expect(error.evidence).toEqual([line]);
    },
  );

  it('a file that is not there is refused', async () => {
    const error = await failure(readGivenConfig(['no-such.config'], []));
    expect({ exit: error.exitCode, code: error.code }).toEqual({ exit: 2, code: 'config-file' });
    expect(error.evidence.join()).toContain('no-such.config');
  });

  it.each(['KASAN', 'KASAN=', '=y', 'KASAN=yes', 'KASAN=y\nCONFIG_X=y', 'a b=y'])(
    'the item %j is refused',
    async (item) => {
      const error = await failure(readGivenConfig([], [item]));
      expect({ exit: error.exitCode, code: error.code }).toEqual({ exit: 2, code: 'config-item' });
    },
  );
});
