// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildSelftests, readTimeout } from '../../runner/kernel/selftests.ts';
import type { SelftestsRequest } from '../../runner/kernel/selftests.ts';
import {
  failure,
  fakeTree,
  recorder,
  sourceOf,
  temporary,
  toolchain,
  useCache,
  write,
} from './helpers.ts';

/** The part of the kernel's lib.mk that a folder with one program and one script needs. */
const libMk = `TEST_GEN_PROGS := $(patsubst %,$(OUTPUT)/%,$(TEST_GEN_PROGS))
all: $(TEST_GEN_PROGS)
$(OUTPUT)/%: %.c
	@echo "  CC      $*"; echo $* >> $(COMPILED)
	@! grep -n '#error' $< | sed 's|^\\([0-9]*\\):.*|$<:\\1:2: error: planted|' | grep . >&2
	@echo "$(KHDR_INCLUDES) $(USERLDFLAGS)" | cat $< - > $@
emit_tests:
	for TEST in $(TEST_GEN_PROGS) $(TEST_PROGS); do \\
		echo "$(COLLECTION):$$(basename $$TEST)"; \\
	done
`;

function request(more: Readonly<Record<string, string>> = {}): SelftestsRequest {
  const tree = fakeTree({ 'tools/testing/selftests/lib.mk': libMk });
  const folder = path.join(temporary(), 'mine');
  write(folder, {
    Makefile: 'TEST_GEN_PROGS := one\nTEST_PROGS := two.sh\ninclude ../../lib.mk\n',
    'one.c': 'int main(void) { return 0; }\n',
    'two.sh': '#!/bin/sh\nexit 0\n',
    ...more,
  });
  return { source: sourceOf(tree), folder, name: 'mine', toolchain };
}

const compilations = (): number =>
  readFileSync(process.env['COMPILED'] ?? '', 'utf8')
    .split('\n')
    .filter(Boolean).length;

describe('buildSelftests', () => {
  it('builds once, statically and with the kernel’s own headers, and writes to neither folder', async () => {
    useCache();
    const wanted = request({ settings: 'timeout=90\n' });
    const listing = (): string =>
      execFileSync('find', [wanted.folder, wanted.source.folder, '-printf', '%p %s %T@\n'], {
        encoding: 'utf8',
      });
    const before = listing();
    const first = await buildSelftests(wanted, recorder());
    expect(listing()).toBe(before);
    expect(first.programs.map(({ name }) => name)).toEqual(['one', 'two.sh']);
    expect(first.timeoutMs).toBe(90_000);
    const program = readFileSync(first.programs[0]?.file ?? '', 'utf8');
    const headers = /-isystem (\S+) -static/.exec(program)?.[1] ?? '';
    expect(readFileSync(path.join(headers, 'linux/answer.h'), 'utf8')).toContain('ANSWER');
    expect(await buildSelftests(wanted, recorder())).toEqual(first);
    expect(compilations()).toBe(1);
  });

  it('builds again after an edit', async () => {
    useCache();
    const wanted = request();
    const first = await buildSelftests(wanted, recorder());
    write(wanted.folder, { 'one.c': 'int main(void) { return 1; }\n' });
    expect((await buildSelftests(wanted, recorder())).folder).not.toBe(first.folder);
    expect(compilations()).toBe(2);
  });

  it('shows a compile error by file and line', async () => {
    useCache();
    const error = await failure(buildSelftests(request({ 'one.c': '\n#error\n' }), recorder()));
    expect({ code: error.code, exit: error.exitCode }).toEqual({
      code: 'selftests-failed',
      exit: 69,
    });
    expect(error.evidence).toEqual(['one.c:2:2: error: planted']);
    expect(readFileSync(error.log ?? '', 'utf8')).toContain('planted');
  });

  it('refuses a folder that is none', async () => {
    useCache();
    const error = await failure(buildSelftests({ ...request(), folder: temporary() }, recorder()));
    expect({ code: error.code, exit: error.exitCode }).toEqual({ code: 'no-selftests', exit: 2 });
  });

  it.each([
    ['', 45],
    ['timeout=120\n', 120],
    ['# timeout=1\ntimeout=0\n', 86_400],
  ])('settings %j allow %i s', (settings, seconds) => {
    expect(readTimeout(settings)).toBe(seconds);
  });
});
