// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { architectureNames, architectureOf, hostArch, isForeign } from '../../runner/host/arch.ts';
import { staticBusybox } from '../../runner/vm/busybox.ts';
import { failure, setEnv, temporary, useCache, write } from '../kernel/helpers.ts';
import { program } from './elf.ts';

const [foreign = ''] = architectureNames.filter(isForeign);
let folder: string;

beforeEach(() => {
  folder = temporary();
  useCache();
  setEnv('PATCHPROOF_BUSYBOX', '');
});

/** Scripted apt-get and dpkg-deb: the package holds `busybox` of the folder. */
function offer(place = 'bin'): void {
  write(folder, {
    'bin/apt-get': `#!/bin/sh
echo "$*" >>${folder}/calls
case " $* " in
*' indextargets '*) echo 'http://mirror.example/debian/ main Debian/Debian' ;;
*' download '*) : >busybox-static.deb ;;
esac
`,
    'bin/dpkg-deb': `#!/bin/sh\nmkdir -p "$3/${place}" && cp ${folder}/busybox "$3/${place}"\n`,
  });
  setEnv('PATH', `${path.join(folder, 'bin')}:${process.env['PATH']}`);
}

const calls = (): string => readFileSync(path.join(folder, 'calls'), 'utf8');

it.each(['bin', 'usr/bin'])(
  'another architecture’s comes from its package, in /%s, once and without installing it',
  async (place) => {
    writeFileSync(path.join(folder, 'busybox'), program(foreign));
    offer(place);
    expect(await staticBusybox(foreign)).toEqual(program(foreign));
    expect(calls()).toContain(`APT::Architecture=${architectureOf(foreign).debian} `);
    expect(calls()).toMatch(/ download busybox-static$/m);
    expect(calls()).not.toMatch(/ install /);
    const before = calls();
    expect(await staticBusybox(foreign)).toEqual(program(foreign));
    expect(calls()).toBe(before);
  },
);

it('a package without it is the host’s failure, and the next run asks again', async () => {
  writeFileSync(path.join(folder, 'busybox'), program(foreign));
  offer('elsewhere');
  const error = await failure(staticBusybox(foreign));
  expect({ code: error.code, exit: error.exitCode }).toEqual({ code: 'missing-tool', exit: 69 });
  expect(error.remedy).toContain('PATCHPROOF_BUSYBOX=FILE');
  offer();
  expect(await staticBusybox(foreign)).toEqual(program(foreign));
});

it('PATCHPROOF_BUSYBOX names one, which must be for the guests', async () => {
  const file = path.join(folder, 'own');
  setEnv('PATCHPROOF_BUSYBOX', file);
  expect((await failure(staticBusybox(hostArch()))).evidence).toEqual([`${file}: not there`]);
  writeFileSync(file, program(foreign));
  expect(await staticBusybox(foreign)).toEqual(program(foreign));
  expect((await failure(staticBusybox(hostArch()))).evidence).toEqual([
    `${file}: no static program for ${hostArch()}`,
  ]);
});
