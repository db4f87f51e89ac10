// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { PatchproofError } from '../../runner/errors.ts';
import type { RunEventBody, StageContext } from '../../runner/events.ts';
import type { KernelSource, Toolchain } from '../../runner/kernel/model.ts';

/** A folder that goes away with the test. */
export function temporary(): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'patchproof-kernel-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Sets an environment variable for the rest of the test. */
export function setEnv(name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  onTestFinished(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

/** An empty cache for the test; returns its folder. */
export function useCache(): string {
  const folder = temporary();
  setEnv('PATCHPROOF_CACHE_DIR', folder);
  return folder;
}

/** Writes files, folders made as needed; a file whose text starts with `#!` becomes executable. */
export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
  }
}

/** Puts scripts of these names first in PATH. */
export function fakeCommands(scripts: Readonly<Record<string, string>>): string {
  const folder = temporary();
  write(folder, scripts);
  setEnv('PATH', `${folder}:${process.env['PATH']}`);
  return folder;
}

/** A stage context that keeps what was emitted. */
export function recorder(): StageContext & { events: RunEventBody[]; abort: () => void } {
  const events: RunEventBody[] = [];
  const controller = new AbortController();
  return {
    events,
    emit: (event) => events.push(event),
    signal: controller.signal,
    cell: 'cell',
    abort: () => controller.abort(),
  };
}

/** The PatchproofError that a promise ends in. */
export async function failure(promise: Promise<unknown>): Promise<PatchproofError> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (error instanceof PatchproofError) return error;
  throw new Error(`expected a PatchproofError, got ${String(error)}`);
}

/** The PatchproofError that a call throws. */
export function thrown(call: () => unknown): PatchproofError {
  try {
    call();
  } catch (error) {
    if (error instanceof PatchproofError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

export const toolchain: Toolchain = {
  arch: 'x86_64',
  compiler: 'fake cc 1',
  linker: 'fake ld 1',
  makeWords: [],
};

/** The fake tree as a source. */
export function sourceOf(folder: string, hash = 'a'.repeat(64)): KernelSource {
  return { spec: folder, version: '6.12.7', series: '6.12', folder, hash, origin: 'a test' };
}

/**
 * A few files that behave like a kernel tree towards make: `net/*.c` are "compiled" by copying
 * them without comments, each depends on include/common.h, a line `#error` stops make, and
 * `#wait` makes it hang. Every compilation is a line in the file that COMPILED names.
 */
export function fakeTree(more: Readonly<Record<string, string>> = {}): string {
  const folder = path.join(temporary(), 'tree');
  write(folder, {
    Makefile: `# SPDX-License-Identifier: GPL-2.0
VERSION = 6
PATCHLEVEL = 12
SUBLEVEL = 7
EXTRAVERSION =
sources := $(wildcard net/*.c)
objects := $(sources:%.c=$(O)/%.o)
olddefconfig: ; @:
bzImage: $(objects)
	@mkdir -p $(O)/arch/x86/boot $(O)/include/config
	@cat $(objects) > $(O)/vmlinux
	@echo "$$\{KBUILD_BUILD_TIMESTAMP:-$$(date +%N)}" | cat - $(O)/vmlinux $(O)/.config > $(O)/arch/x86/boot/bzImage
	@echo 0 t start > $(O)/System.map
	@echo 6.12.7 > $(O)/include/config/kernel.release
$(O)/%.o: %.c include/common.h
	@mkdir -p $(dir $@)
	@echo "  CC      $*.o"; echo $*.o >> $(COMPILED)
	@if grep -q '#wait' $<; then touch $(COMPILED).waiting; sleep 600; fi
	@! grep -n '#error' $< | sed 's|^\\([0-9]*\\):.*|$(CURDIR)/$<:\\1:2: error: planted|' | grep . >&2
	@cat include/common.h $< | grep -v '^//' > $@
	@echo "deps := $(CURDIR)/$< $(CURDIR)/include/common.h" > $(dir $@).$(notdir $@).cmd
Image: bzImage
	@mkdir -p $(O)/arch/arm64/boot; cp $(O)/arch/x86/boot/bzImage $(O)/arch/arm64/boot/Image
headers: ; @mkdir -p $(O)/usr/include/linux; echo '#define ANSWER 42' > $(O)/usr/include/linux/answer.h
`,
    Kconfig: 'config NET\n\tbool "net"\n',
    Kbuild: '',
    'init/main.c': '',
    'include/common.h': '#define COMMON 1\n',
    'net/one.c': '// a comment\nint one(void)\n{\n\treturn 1;\n}\n',
    'net/two.c': 'int two(void)\n{\n\treturn 2;\n}\n',
    'net/three.c': 'int three(void)\n{\n\treturn 3;\n}\n',
    'scripts/kconfig/merge_config.sh':
      '#!/bin/sh\n# -n -O OUT FRAGMENT\ngrep -v UNKNOWN "$4" > "$3/.config" || :\n',
    ...more,
  });
  const compiled = path.join(path.dirname(folder), 'compiled');
  writeFileSync(compiled, '');
  setEnv('COMPILED', compiled);
  return folder;
}
