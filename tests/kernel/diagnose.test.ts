// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../runner/kernel/build/diagnose.ts';
import { patchFaults } from '../../runner/pipeline/kernels.ts';

const about = { what: 'Kernel 6.12.7 patched', code: 'build-failed' as const };
const of = (output: string): ReturnType<typeof diagnose> =>
  diagnose(about, output, '/cache/workshop', '/cache/failures/x.log');

describe('why a build failed', () => {
  it('a compile error with the compiler’s picture, in paths of the tree', () => {
    const error = of(`  CC      net/ipv4/tcp.o
/cache/workshop/src/net/ipv4/tcp_input.c: In function ‘tcp_rcv’:
/cache/workshop/src/net/ipv4/tcp_input.c:12:9: error: ‘no_such’ undeclared (first use in this function)
   12 |  return no_such;
      |         ^~~~~~~
/cache/workshop/src/net/ipv4/tcp_input.c:12:9: note: each undeclared identifier is reported only once
make[5]: *** [/cache/workshop/src/scripts/Makefile.build:229: net/ipv4/tcp_input.o] Error 1
`);
    expect(error.code).toBe('build-failed');
    expect(error.evidence).toEqual([
      'net/ipv4/tcp_input.c: In function ‘tcp_rcv’:',
      'net/ipv4/tcp_input.c:12:9: error: ‘no_such’ undeclared (first use in this function)',
      '   12 |  return no_such;',
      '      |         ^~~~~~~',
    ]);
    expect(error.log).toBe('/cache/failures/x.log');
  });

  it('a linker error', () => {
    const error = of(
      "ld: net/ipv4/tcp.o: in function `tcp_x':\ntcp.c:(.text+0x10): undefined reference to `gone'\n",
    );
    expect(error.evidence).toEqual(["tcp.c:(.text+0x10): undefined reference to `gone'"]);
  });

  it('something else: the end of the log', () => {
    const error = of(
      "make: *** No rule to make target 'x'.  Stop.\nmake[1]: Leaving directory '/x'\n",
    );
    expect(error.evidence).toEqual(["make: *** No rule to make target 'x'.  Stop."]);
  });

  it('what gcc quotes of the source decides nothing', () => {
    const error = of(
      `a.c:3:9: error: ‘x’ undeclared
    3 |  return x ? -ENOSPC : 0; /* No space left on device, Killed */
      |         ^
`,
    );
    expect(error.code).toBe('build-failed');
  });

  it.each([
    ['a Makefile', 'net/Makefile:3: *** missing separator.  Stop.'],
    ['a Kconfig file', 'net/Kconfig:12: syntax error'],
    ['objtool', 'net/ipv4/tcp.o: error: objtool: tcp_x: unreachable instruction'],
    ['modpost', 'ERROR: modpost: "gone" [net/x.ko] undefined!'],
  ])('a fault in %s is one of the sources', (_, line) => {
    expect(of(`${line}\n`)).toMatchObject({ code: 'build-failed', evidence: [line] });
  });

  it.each([
    ['disk-full', 'x.c:1:1: error: y\n/tmp/cc1.s: fatal error: No space left on device\n'],
    ['missing-tool', '/bin/sh: 1: flex: not found\nmake[2]: *** [x] Error 127\n'],
    ['missing-tool', 'elf.h:10:10: fatal error: gelf.h: No such file or directory\n'],
    ['out-of-memory', 'gcc: fatal error: Killed signal terminated program cc1\n'],
    ['out-of-memory', 'make[2]: *** [scripts/Makefile.vmlinux:34: vmlinux] Killed\n'],
    ['out-of-memory', 'scripts/link-vmlinux.sh: line 113: 12345 Killed   ld -m elf_x86_64\n'],
    ['out-of-memory', 'cc1: out of memory allocating 65536 bytes after a total of 1 bytes\n'],
    ['out-of-memory', '/bin/sh: 1: fork: Resource temporarily unavailable\n'],
    ['compiler-crashed', 'net/ipv4/tcp.c:9:1: internal compiler error: Segmentation fault\n'],
    ['compiler-crashed', 'ld: final link failed: Input/output error\n'],
    ['make-failed', 'make[5]: *** [scripts/Makefile.build:229: net/ipv4/tcp.o] Error 1\n'],
    ['make-failed', ''],
  ])('%s is the host’s doing, never the patch’s', (code, output) => {
    const error = of(output);
    expect({ code: error.code, exit: error.exitCode }).toEqual({ code, exit: 69 });
    // Here it would become the patch's fault.
    expect([...patchFaults]).not.toContain(code);
  });
});
