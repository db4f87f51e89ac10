// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { covers, parseMaintainers, sectionsOf } from '../../runner/kernel/near/maintainers.ts';
import { nearTargets } from '../../runner/kernel/near/targets.ts';

const maintainers = `List of maintainers

NETWORKING [GENERAL]
M:	A Person <a@example.org>
F:	net/
F:	tools/testing/selftests/net/
X:	net/can/

NETWORKING [TLS]
F:	net/tls/*
F:	tools/testing/selftests/net/tls.c
N:	tls

ROUTES
F:	net/ipv4/fib*
F:	tools/testing/selftests/net/fib*
F:	tools/testing/selftests/gone/

THE REST
F:	*
F:	*/
`;

const makefiles: Readonly<Record<string, string>> = {
  MAINTAINERS: maintainers,
  'tools/testing/selftests/Makefile':
    'TARGETS += mm\nTARGETS += net\nTARGETS += net/tcp_ao # tcp\nTARGETS_HOTPLUG = cpu-hotplug\n',
  'tools/testing/selftests/net/Makefile': `TEST_PROGS := fib_tests.sh \\
	fib-onlink-tests.sh
TEST_GEN_PROGS = tls tcp_port_share $(MORE)
TEST_GEN_FILES += tcp_mmap fib_helper
`,
};
const read = (name: string): string[] | undefined => makefiles[name]?.split('\n');

describe('patterns of MAINTAINERS', () => {
  it.each([
    ['net/tls/', 'net/tls/tls_sw.c', true],
    ['net/tls', 'net/tls/tls_sw.c', true],
    ['net/tls/', 'net/tlsx/a.c', false],
    ['net/ipv4/tcp*.c', 'net/ipv4/tcp_input.c', true],
    ['net/ipv4/tcp*.c', 'net/ipv4/sub/tcp.c', false],
    ['net/*/tcp*', 'net/ipv6/tcp_ipv6.c', true],
    ['mm/uffd-*.[ch]', 'mm/uffd-a.h', true],
    ['mm/uffd-*.[ch]', 'mm/uffd-a.S', false],
    ['fs/**/*foo*.c', 'fs/a/b/xfoox.c', true],
    ['a.c', 'abc', false],
  ])('%s and %s: %s', (pattern, file, fits) => {
    expect(covers(pattern, file)).toBe(fits);
  });

  it('the closest section comes first; exceptions and what is about everything are left out', () => {
    const sections = parseMaintainers(maintainers.split('\n'));
    expect(sections).toHaveLength(4);
    const of = (file: string) => sectionsOf(sections, [file]).map((it) => it.files[0]);
    expect(of('net/tls/tls_sw.c')).toEqual(['net/tls/*', 'net/']);
    expect(of('net/can/raw.c')).toEqual([]);
    expect(of('mm/rmap.c')).toEqual([]);
  });
});

describe('near to a patch, in a tree', () => {
  it.each([
    [
      'its first word, then what the table knows and the tree has',
      'net/ipv4/tcp_input.c',
      ['net/tcp_ao', 'net:tcp_port_share', 'net:tls', 'net'],
    ],
    ['its section in MAINTAINERS', 'net/tls/tls_sw.c', ['net:tls', 'net']],
    [
      'by a pattern: programs, not their helpers',
      'net/ipv4/fib_trie.c',
      ['net:fib_tests.sh', 'net:fib-onlink-tests.sh', 'net'],
    ],
    ['a test that it changes', 'tools/testing/selftests/net/tls.c', ['net:tls']],
    ['a folder of tests that it changes', 'tools/testing/selftests/mm/config', ['mm']],
    ['nothing', 'drivers/gpu/drm/drm_file.c', []],
  ])('%s', (_, file, near) => {
    expect(nearTargets([file], read)).toEqual(near);
  });

  it('without a tree the table alone', () => {
    expect(nearTargets(['net/ipv4/tcp_input.c'])).toEqual([
      'net/tcp_ao',
      'net/packetdrill',
      'net:tls',
      'net',
    ]);
    expect(nearTargets(['Documentation/a.rst'])).toEqual([]);
  });
});
