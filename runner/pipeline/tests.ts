// SPDX-License-Identifier: MIT
import type { StageContext } from '../events.ts';
import type { KernelSource, Toolchain } from '../kernel/model.ts';
import { buildSelftests } from '../kernel/selftests.ts';
import { listTests, onlyTests } from '../kernel/test-names.ts';
import type { Selection, TestCollection } from '../proof/model.ts';
import { cutTests, selectsAll, selectTests, type Selectable } from '../proof/select.ts';
import type { GuestTest } from '../vm/model.ts';

/** A test program as it goes into the guest. */
export interface Program {
  test: GuestTest;
  /** Its executable on the host. */
  file: string;
  /** Full names of its tests; null when only a run can tell. */
  tests: readonly string[] | null;
}

/** What a selection leaves. */
export interface Chosen {
  programs: readonly Program[];
  leftOut: readonly string[];
}

/** Builds every collection with a kernel's own selftests rules. */
export async function buildTests(
  collections: readonly TestCollection[],
  source: KernelSource,
  toolchain: Toolchain,
  context: StageContext,
): Promise<readonly Program[]> {
  const programs: Program[] = [];
  for (const { name, folder } of collections) {
    const built = await buildSelftests({ source, folder, name, toolchain }, context);
    for (const program of built.programs) {
      const cwd = `/selftests/${name}`;
      const id = `${name}:${program.name}`;
      const tests = await listTests(program.file, toolchain.arch, context.signal);
      programs.push({
        file: program.file,
        tests: tests?.map((it) => `${id}/${it}`) ?? null,
        test: {
          id,
          program: `${cwd}/${program.name}`,
          args: [],
          cwd,
          timeoutMs: built.timeoutMs,
        },
      });
    }
  }
  return programs;
}

/** The programs to run, each told to run only the tests that are wanted of it where it can be. */
export function selectPrograms(
  selection: Selection,
  programs: readonly Program[],
  filterIs?: string,
): Chosen {
  if (selectsAll(selection) || programs.length === 0) return { programs, leftOut: [] };
  const { run, leftOut } = selectTests(selection, selectables(programs), filterIs);
  return { programs: taken(run, programs), leftOut };
}

/** Of programs that were chosen, those that a candidate with tests of its own runs. */
export function narrowPrograms(tests: readonly string[], { programs }: Chosen): Chosen {
  const { run, leftOut } = cutTests({ filter: tests, exclude: [] }, selectables(programs));
  return { programs: taken(run, programs), leftOut };
}

function selectables(programs: readonly Program[]): Selectable[] {
  return programs.map(({ test, tests }) => ({ program: test.id, tests }));
}

function taken(run: readonly Selectable[], programs: readonly Program[]): Program[] {
  return run.flatMap(({ program, tests }) =>
    programs
      .filter(({ test }) => test.id === program)
      .map((it) => (tests === null ? it : { ...it, tests, test: only(it.test, tests) })),
  );
}

function only(test: GuestTest, names: readonly string[]): GuestTest {
  return { ...test, args: onlyTests(names.map((it) => it.slice(test.id.length + 1))) };
}
