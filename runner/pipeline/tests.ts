// SPDX-License-Identifier: MIT
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import { packageFolder } from '../host/package.ts';
import type { StageContext } from '../events.ts';
import type { Toolchain } from '../kernel/model.ts';
import { buildSelftests } from '../kernel/selftests/build.ts';
import {
  commandOf,
  filesOf,
  installedFiles,
  lacksOf,
  type InstalledFile,
} from '../kernel/selftests/installed.ts';
import type { TestsTree } from '../kernel/selftests/place.ts';
import { listTests, onlyTests } from '../kernel/test-names.ts';
import { isFolder, isKunit } from '../proof/model.ts';
import type { ImageName, Selection, TestCollection } from '../proof/model.ts';
import { cutTests, selectsAll, selectTests, type Selectable } from '../proof/select.ts';
import { buildImage, guestCompiler } from '../vm/image.ts';
import type { GuestTest } from '../vm/model.ts';

/** A test program as it goes into the guest. */
export interface Program {
  test: GuestTest;
  /** Its executable on the host. */
  file: string;
  /** Full names of its tests; null when only a run can tell. */
  tests: readonly string[] | null;
  /** What it needs in the guest, below `guestFolder`, itself included. */
  files: readonly InstalledFile[];
}

/** Programs, and the config that they ask of the kernel. */
export interface BuiltTests {
  programs: readonly Program[];
  /** Config fragments of folders: all of it must hold. */
  fragments: readonly string[];
  /** Of the kernel's own targets: what cannot be had is told. */
  wishes: readonly string[];
}

/** Where nothing is to be run. */
export const noTests: BuiltTests = { programs: [], fragments: [], wishes: [] };

/** What a selection leaves. */
export interface Chosen {
  programs: readonly Program[];
  leftOut: readonly string[];
}

/** Where the guest has the tests. */
const guestFolder = '/selftests';

/** The guest's image with what programs need. */
export async function imageOf(
  programs: readonly Program[],
  toolchain: Toolchain,
  context: StageContext,
): Promise<{ file: string; key: string }> {
  const files = programs
    .flatMap((it) => it.files)
    .map(({ name, ...it }) => ({ ...it, guestPath: path.posix.join(guestFolder, name) }));
  return buildImage({ files, arch: toolchain.arch, compiler: guestCompiler(toolchain) }, context);
}

/** Builds every collection with a kernel's own selftests rules. */
export async function buildTests(
  collections: readonly TestCollection[],
  tree: TestsTree,
  image: ImageName,
  toolchain: Toolchain,
  context: StageContext,
): Promise<BuiltTests> {
  const programs: Program[] = [];
  const [fragments, wishes]: [string[], string[]] = [[], []];
  for (const given of collections) {
    const { name } = given;
    // Like any other folder: its program prints what the boot log has of the suites.
    const collection = isKunit(given) ? { name, folder: packageFolder('selftests/kunit') } : given;
    const isStatic = image === 'agent';
    const built = await buildSelftests({ tree, collection, isStatic, toolchain }, context);
    const installed = await installedFiles(built.root);
    (isFolder(collection) ? fragments : wishes).push(built.config);
    for (const program of built.programs) {
      const id = `${name}:${program.name}`;
      const below = path.join(built.place, program.name);
      const tests = await listTests(program.file, toolchain.arch, context.signal);
      const command = await commandOf(below, installed);
      programs.push({
        file: program.file,
        tests: tests?.map((it) => `${id}/${it}`) ?? null,
        // A script may need anything of its collection; in a small image it is what it names.
        files: isStatic ? await filesOf(below, installed) : installed,
        test: {
          id,
          program: path.resolve(guestFolder, command.program),
          args: command.args,
          cwd: path.join(guestFolder, built.place),
          timeoutMs: built.timeoutMs,
        },
      });
    }
  }
  return { programs, fragments, wishes };
}

/** Throws usage `image-lacks` for programs that the agent image cannot run. */
export async function checkImage(image: ImageName, programs: readonly Program[]): Promise<void> {
  if (image !== 'agent') return;
  const lacking: string[] = [];
  for (const { test, files } of programs) {
    const executable = files.filter(({ mode }) => (mode & 0o111) !== 0);
    const lacks = await Promise.all(executable.map(({ file }) => lacksOf(file)));
    const [first] = lacks.filter((it) => it !== undefined);
    if (first !== undefined) lacking.push(`${test.id} needs ${first}`);
  }
  if (lacking.length === 0) return;
  const more = lacking.length - shownPrograms;
  throw new PatchproofError({
    kind: 'usage',
    code: 'image-lacks',
    message: `The agent image cannot run ${lacking.length} of the ${programs.length} test programs.`,
    evidence: [...lacking.slice(0, shownPrograms), ...(more > 0 ? [`... and ${more} more`] : [])],
    remedy: "Add --image host (or debian), or leave them out, for example: --exclude '*.sh'",
  });
}

const shownPrograms = 12;

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
