// SPDX-License-Identifier: MIT
import { mkdir, readFile, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { StageContext } from '../../events.ts';
import type { Finished } from '../../host/process.ts';
import type { Toolchain } from '../model.ts';
import { command, mustSucceed } from '../stage.ts';
import { selftests } from './place.ts';
import type { LaidOut } from './tree.ts';

/** The lists of lib.mk, in the order in which it installs them. */
export const lists = [
  'TEST_PROGS',
  'TEST_PROGS_EXTENDED',
  'TEST_FILES',
  'TEST_GEN_PROGS',
  'TEST_CUSTOM_PROGS',
  'TEST_GEN_PROGS_EXTENDED',
  'TEST_GEN_FILES',
  'TEST_INCLUDES',
] as const;

/** What a Makefile puts in each list; generated files as the targets that make them. */
export type Lists = Readonly<Record<(typeof lists)[number], readonly string[]>>;

/** The kernel's make in one folder of its selftests, called as the selftests' own Makefile calls it. */
export interface TestsMake {
  /** The folder. */
  place: string;
  /** Everything that make says goes to `log`. */
  run(args: readonly string[]): Promise<Finished>;
  log: string;
  /** Installs with lib.mk below `root`; `words` go to make. */
  install(root: string, words?: readonly string[]): Promise<Finished>;
  /** The names of the tests as `emit_tests` has them. */
  emitted(): Promise<string[]>;
  lists(): Promise<Lists>;
}

export function testsMake(
  { src, out }: LaidOut,
  place: string,
  { toolchain, isStatic }: { toolchain: Toolchain; isStatic: boolean },
  context: StageContext,
): TestsMake {
  const folder = path.join(src, selftests, place);
  const log = path.join(out, 'build.log');
  const own = [
    '--no-print-directory',
    `OUTPUT=${path.join(out, 'kselftest', place)}`,
    `O=${out}`,
    `KHDR_INCLUDES=-isystem ${path.join(out, 'usr/include')}`,
    ...(isStatic ? ['USERLDFLAGS=-static'] : []),
    ...toolchain.makeWords,
  ];
  const env = { ARCH: toolchain.arch, BUILD: path.join(out, 'kselftest') };
  const ask = (what: string, args: readonly string[]): Promise<Finished> =>
    mustSucceed(context, what, 'make', ['-s', ...own, ...args], { cwd: folder, env });
  const run: TestsMake['run'] = async (args) => {
    await mkdir(path.join(out, 'kselftest', place), { recursive: true });
    return command(context, 'make', [`-j${availableParallelism()}`, ...own, ...args], {
      cwd: folder,
      logFile: log,
      env,
    });
  };
  return {
    place: folder,
    run,
    log,
    install: (root, words = []) =>
      run([
        `INSTALL_PATH=${path.join(root, place)}`,
        `SRC_PATH=${path.join(src, selftests)}`,
        `OBJ_PATH=${root}`,
        ...words,
        'install',
      ]),
    async emitted() {
      const { stdout } = await ask('list the tests', ['COLLECTION=patchproof', 'emit_tests']);
      return [...stdout.matchAll(/^patchproof:(\S+)$/gm)].map(([, name = '']) => name);
    },
    async lists() {
      // A recipe is expanded when all makefiles have been read: these are the lists' last words.
      const recipe = `$(foreach it,${lists.join(' ')},$(info $(it)=$($(it))))`;
      const asked = await ask('list the files of the tests', [
        `--eval=patchproof-lists: ; @: ${recipe}`,
        'patchproof-lists',
      ]);
      return Object.fromEntries(
        lists.map((name) => {
          const line = new RegExp(`^${name}=(.*)$`, 'm').exec(asked.stdout)?.[1] ?? '';
          return [name, line.split(/\s+/).filter(Boolean)];
        }),
      ) as unknown as Lists;
    },
  };
}

/** Targets that the selftests' Makefile installs beside this one: `net` wants `net/lib`. */
export async function neighboursOf(
  { src, out }: LaidOut,
  place: string,
  toolchain: Toolchain,
  context: StageContext,
): Promise<string[]> {
  const cwd = path.join(src, selftests);
  if ((await stat(path.join(cwd, 'Makefile')).catch(() => undefined)) === undefined) return [];
  const recipe = '$(info $(INSTALL_DEP_TARGETS))';
  const asked = await mustSucceed(
    context,
    'list the targets that the tests need',
    'make',
    [
      '-s',
      '--no-print-directory',
      `O=${out}`,
      `TARGETS=${place}`,
      `--eval=patchproof-lists: ; @: ${recipe}`,
      'patchproof-lists',
    ],
    { cwd, env: { ARCH: toolchain.arch } },
  );
  return asked.stdout.split(/\s+/).filter(Boolean);
}

/** A make's log. */
export async function logOf(make: TestsMake): Promise<string> {
  return readFile(make.log, 'utf8');
}
