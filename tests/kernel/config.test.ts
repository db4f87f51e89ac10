// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainUnmet } from '../../runner/kernel/config/check.ts';
import { configure, requestsOf } from '../../runner/kernel/config/configure.ts';
import {
  findUnmet,
  formatRequests,
  mergeRequests,
  readConfig,
  readFragment,
} from '../../runner/kernel/config/fragment.ts';
import { findSymbol, holds } from '../../runner/kernel/config/kconfig.ts';
import { failure, fakeTree, recorder, temporary, write } from './helpers.ts';

const fragment = `# A heading
CONFIG_NET=y
CONFIG_VETH=m
# CONFIG_WLAN is not set
CONFIG_NAME="a b"

# since 6.5
CONFIG_FPROBE_EVENTS=y
CONFIG_ALSO=y

CONFIG_AFTER=y
# until 6.9
CONFIG_MODULES=y
# Any other comment ends it.
CONFIG_LAST=-1
`;

const kernel = (series: string, arch = 'x86_64') => ({ series, arch });

describe('config fragments', () => {
  it('asks a kernel only for what it can have', () => {
    const common = { NET: 'y', VETH: 'y', WLAN: 'n', NAME: '"a b"', AFTER: 'y', LAST: '-1' };
    expect(Object.fromEntries(readFragment(fragment, kernel('6.1')))).toEqual({
      ...common,
      MODULES: 'y',
    });
    expect(Object.fromEntries(readFragment(fragment, kernel('6.12')))).toEqual({
      ...common,
      FPROBE_EVENTS: 'y',
      ALSO: 'y',
    });
    expect(readFragment(fragment, kernel('6.5')).has('FPROBE_EVENTS')).toBe(true);
    expect(readFragment(fragment, kernel('6.9')).has('MODULES')).toBe(true);
  });

  it('asks an architecture only for what it has; conditions below one another must all hold', () => {
    const text =
      '# for arm64\nCONFIG_A=y\n\n# since 6.5\n# for x86_64\nCONFIG_B=y\n# for fun\nCONFIG_C=y\n';
    const asked = (series: string, arch: string): string[] => [
      ...readFragment(text, kernel(series, arch)).keys(),
    ];
    expect(asked('6.12', 'arm64')).toEqual(['A', 'C']);
    expect(asked('6.12', 'x86_64')).toEqual(['B', 'C']);
    expect(asked('6.1', 'x86_64')).toEqual(['C']);
    expect(asked('6.1', 'arm64')).toEqual(['A', 'C']);
  });

  it('merges with the later one winning, into a text that does not depend on order', () => {
    const one = readFragment('CONFIG_B=y\nCONFIG_A=y\n', kernel('6.12'));
    const two = readFragment('# CONFIG_B is not set\n', kernel('6.12'));
    expect(formatRequests(mergeRequests([one, two]))).toBe('CONFIG_A=y\n# CONFIG_B is not set\n');
    expect(formatRequests(readFragment('CONFIG_A=y\nCONFIG_B=y\n', kernel('6.12')))).toBe(
      formatRequests(one),
    );
  });

  it('finds what olddefconfig dropped or refused to switch off', () => {
    const config = readConfig('CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=y\nCONFIG_D=8\n');
    const requests = readFragment(
      'CONFIG_A=y\nCONFIG_B=y\n# CONFIG_C is not set\nCONFIG_D=9\n# CONFIG_E is not set\n',
      kernel('6.12'),
    );
    expect(findUnmet(requests, config)).toEqual([
      { symbol: 'B', wanted: 'y', got: 'n' },
      { symbol: 'C', wanted: 'n', got: 'y' },
      { symbol: 'D', wanted: '9', got: '8' },
    ]);
  });
});

const kconfig = `menu "Networking"
	depends on NET

if INET

config VETH
	bool "Virtual ethernet" if EXPERT
	depends on NETDEVICES && \\
		!S390
	select PAIR
	help
	  if this help mentions words such as
	  depends on MOON, nothing happens.

endif

config OTHER
	bool
endmenu

config VETH
	depends on OUTSIDE
`;

describe('the small Kconfig reader', () => {
  it('finds every definition with the conditions around it', () => {
    expect(findSymbol('VETH', kconfig, 'net/Kconfig')).toEqual([
      { place: 'net/Kconfig:6', conditions: ['NET', 'INET', 'EXPERT', 'NETDEVICES && !S390'] },
      { place: 'net/Kconfig:21', conditions: ['OUTSIDE'] },
    ]);
    expect(findSymbol('PAIR', kconfig, 'net/Kconfig')).toEqual([]);
  });

  it.each([
    ['NET', true],
    ['!NET', false],
    ['NET && OFF', false],
    ['OFF || NET && NET', true],
    ['(OFF || NET) && !OFF', true],
    ['COUNT = 8', true],
    ['OFF != n', false],
    ['NET = y', true],
    ['m', false],
    ['m && NET', false],
    ['$(cc-option,-x)', undefined],
  ])('%s', (expression, wanted) => {
    const config = new Map([
      ['NET', 'y'],
      ['COUNT', '8'],
    ]);
    expect(holds(expression, config)).toBe(wanted);
  });
});

describe('configure', () => {
  const requests = readFragment(
    'CONFIG_NET=y\nCONFIG_UNKNOWN=y\nCONFIG_DEEP_UNKNOWN=y\n',
    kernel('6.12'),
  );

  it('names each request that was dropped, with what it needs', async () => {
    const source = fakeTree({
      'drivers/Kconfig': 'config DEEP_UNKNOWN\n\tdepends on NET && PCI\n',
    });
    const out = temporary();
    const error = await failure(
      configure(
        { source, out, wanted: { requests, wishes: new Map() }, arch: 'x86_64', makeWords: [] },
        recorder(),
      ),
    );
    expect({ code: error.code, exit: error.exitCode }).toEqual({ code: 'config-unmet', exit: 69 });
    expect(error.evidence).toEqual([
      'CONFIG_UNKNOWN=y (got n): this kernel has no such symbol',
      'CONFIG_DEEP_UNKNOWN=y (got n): drivers/Kconfig:1 needs NET && PCI',
    ]);
  });

  it('a profile stands on another one', async () => {
    const lean = await requestsOf('lean', [], kernel('6.12'));
    const own = await requestsOf('selftest', [], kernel('6.12'));
    for (const [symbol, value] of lean) expect(own.get(symbol), symbol).toBe(value);
    expect([lean.has('OVERLAY_FS'), own.get('OVERLAY_FS')]).toEqual([false, 'y']);
  });

  it('a wish that cannot be had is no error, unless it is asked for, too', async () => {
    const source = fakeTree();
    const wishes = readFragment('CONFIG_UNKNOWN=y\n', kernel('6.12'));
    const asked = { source, out: temporary(), arch: 'x86_64', makeWords: [] };
    const net = readFragment('CONFIG_NET=y\n', kernel('6.12'));
    await configure({ ...asked, wanted: { requests: net, wishes } }, recorder());
    const file = path.join(asked.out, '.config');
    expect(readFileSync(file, 'utf8')).toContain('CONFIG_NET=y');
    expect(await explainUnmet(wishes, file, source)).toEqual([
      'CONFIG_UNKNOWN=y (got n): this kernel has no such symbol',
    ]);
    const both = configure({ ...asked, wanted: { requests: wishes, wishes } }, recorder());
    expect((await failure(both)).code).toBe('config-unmet');
  });

  it('takes a collection’s config into account, and does without one that is not there', async () => {
    const folder = temporary();
    write(folder, { config: 'CONFIG_EXTRA=m\n' });
    const extended = await requestsOf('lean', [path.join(folder, 'config')], kernel('6.12'));
    const without = await requestsOf('lean', [path.join(folder, 'none')], kernel('6.12'));
    expect(extended.get('EXTRA')).toBe('y');
    expect(without.has('EXTRA')).toBe(false);
    expect(without.get('NET')).toBe('y');
    expect((await failure(requestsOf('lena', [], kernel('6.12')))).exitCode).toBe(2);
  });
});

describe('profile lean', () => {
  it('asks every kernel for what counting drops and two ends of a veth need', () => {
    const text = readFileSync(
      new URL('../../vm-images/config/lean.config', import.meta.url),
      'utf8',
    );
    for (const series of ['6.1', '6.12', '7.2']) {
      const requests = readFragment(text, kernel(series));
      for (const symbol of ['VETH', 'NET_NS', 'IPV6', 'HIST_TRIGGERS', 'NF_TABLES', 'KPROBES'])
        expect(requests.get(symbol), `${symbol} on ${series}`).toBe('y');
      expect(requests.has('FPROBE_EVENTS')).toBe(series !== '6.1');
      const arm64 = readFragment(text, kernel(series, 'arm64'));
      expect(arm64.has('SERIAL_AMBA_PL011_CONSOLE')).toBe(true);
      expect([...arm64.keys()].filter((it) => /X86|ACPI|8250/.test(it))).toEqual([]);
    }
  });
});
