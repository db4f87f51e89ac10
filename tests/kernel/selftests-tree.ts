// SPDX-License-Identifier: MIT
import path from 'node:path';
import { parsePatch } from '../../runner/kernel/patch/parse.ts';
import type { SelftestsRequest } from '../../runner/kernel/selftests/build.ts';
import type { TestCollection } from '../../runner/proof/model.ts';
import { fakeTree, sourceOf, temporary, toolchain, write } from './helpers.ts';

/** The part of the kernel's lib.mk that folders with programs, scripts and helpers need. */
export const libMk = `TEST_GEN_PROGS := $(patsubst %,$(OUTPUT)/%,$(TEST_GEN_PROGS))
TEST_GEN_FILES := $(patsubst %,$(OUTPUT)/%,$(TEST_GEN_FILES))
all: $(TEST_GEN_PROGS) $(TEST_GEN_FILES)
$(OUTPUT)/%: %.c
	@echo "  CC      $*"; echo $* >> $(COMPILED)
	@! grep -n '#error' $< | sed 's|^\\([0-9]*\\):.*|$<:\\1:2: error: planted|' | grep . >&2
	@echo "$(KHDR_INCLUDES) $(USERLDFLAGS)" | cat $< - > $@; chmod +x $@
install: all
	mkdir -p $(INSTALL_PATH)
	cp -p $(TEST_GEN_PROGS) $(TEST_GEN_FILES) $(TEST_PROGS) $(TEST_FILES) $(wildcard config settings) $(INSTALL_PATH)
emit_tests:
	for TEST in $(TEST_GEN_PROGS) $(TEST_PROGS); do \\
		echo "$(COLLECTION):$$(basename $$TEST)"; \\
	done
`;

/** A target with two programs, a script, and two helpers of which the script names one. */
export const demoTarget: Readonly<Record<string, string>> = {
  'tools/testing/selftests/lib.mk': libMk,
  'tools/testing/selftests/Makefile':
    'TARGETS += net\nTARGETS += net/demo\nTARGETS += timers\nifneq ($(filter net,$(TARGETS)),)\nINSTALL_DEP_TARGETS := net/lib\nendif\n',
  'tools/testing/selftests/net/lib/Makefile':
    'TEST_FILES := shared.sh\nTEST_PROGS :=\ninclude ../../lib.mk\n',
  'tools/testing/selftests/net/lib/shared.sh': 'true\n',
  'tools/testing/selftests/net/Makefile': 'TEST_PROGS := plain.sh\ninclude ../lib.mk\n',
  'tools/testing/selftests/net/plain.sh': '#!/bin/bash\n. lib/shared.sh\n',
  'tools/testing/selftests/net/demo/Makefile':
    'TEST_GEN_PROGS := one two\nTEST_GEN_FILES := helper spare\nTEST_PROGS := script.sh\ninclude ../../lib.mk\n',
  'tools/testing/selftests/net/demo/one.c': 'int one;\n',
  'tools/testing/selftests/net/demo/two.c': 'int two;\n',
  'tools/testing/selftests/net/demo/helper.c': 'int h;\n',
  'tools/testing/selftests/net/demo/spare.c': 'int s;\n',
  'tools/testing/selftests/net/demo/script.sh': '#!/bin/bash\n./helper.\n',
  'tools/testing/selftests/net/demo/settings': 'timeout=7\n',
  'tools/testing/selftests/net/demo/config': 'CONFIG_DEMO=m\n',
};

/** A request for a collection of a tree with the demo target, or with other files of that name. */
export function requestFor(
  collection: TestCollection,
  more: Readonly<Record<string, string>> = {},
  patchText?: string,
): SelftestsRequest {
  const tree = fakeTree({ ...demoTarget, ...more });
  const patch = patchText === undefined ? null : parsePatch(patchText, 'a.patch');
  return { tree: { source: sourceOf(tree), patch }, collection, isStatic: true, toolchain };
}

/** A folder in kselftest form, `mine`, with one program and one script. */
export function ownFolder(more: Readonly<Record<string, string>> = {}): string {
  const folder = path.join(temporary(), 'mine');
  write(folder, {
    Makefile: 'TEST_GEN_PROGS := one\nTEST_PROGS := two.sh\ninclude ../../lib.mk\n',
    'one.c': 'int main(void) { return 0; }\n',
    'two.sh': '#!/bin/sh\nexit 0\n',
    ...more,
  });
  return folder;
}
