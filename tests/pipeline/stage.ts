// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunEvent } from '../../runner/events.ts';
import { findProof } from '../../runner/cli/proof-file.ts';
import { readGiven } from '../../runner/pipeline/candidates.ts';
import { makeRunFolder } from '../../runner/pipeline/folder.ts';
import { runPlan, type RunOutcome, type RunRequest } from '../../runner/pipeline/run.ts';
import { candidatesOf, namedCandidates, planCells } from '../../runner/proof/plan.ts';
import { fakeTree, setEnv, temporary, useCache, write } from '../kernel/helpers.ts';
import type { Script } from './script.ts';
import { commands, sharedFolder, toolchain } from './shared.ts';

/** A patch that puts `line` below the first line of net/two.c of the fake tree. */
export function patchText(line: string, first = 'int two(void)'): string {
  return `Subject: [PATCH] net: a change\n\n--- a/net/two.c\n+++ b/net/two.c\n@@ -1,2 +1,3 @@\n ${first}\n+${line}\n {\n`;
}

/** The patches that the cases give. */
export const patches = {
  /** The proof's own: the fake machine knows a kernel with it by this word. */
  good: patchText('/* PATCHED */'),
  comment: patchText('// PATCHED, but only in a comment'),
  'no-compile': patchText('#error PATCHED'),
  stranger: patchText('/* PATCHED */', 'int three(void)'),
  empty: '',
  prose: 'Dear all,\n\nthis is no patch.\n',
} as const;

const proofYaml = `version: 1
name: mine
title: A race that the patch mends
patches:
  - { file: good.patch, series: ['6.12'] }
tests:
  - { name: mine, folder: ../mine }
expect:
  tests:
    - { text: The race is won, match: 'mine:one/race', base: fail, candidate: pass }
    - { text: The control holds, match: 'mine:two/*', base: pass, candidate: pass }
  drops:
    - text: Drops are counted twice
      reason: SOCKET_REPAIR
      match: 'mine:one'
      base: absent
      candidate: counter:repair_segs
`;

/** What stands for a program built with the kselftest harness: it lists its tests, as the harness does. */
const harness = `#!/bin/sh
# Usage: %s [-h|-l] [-t|-T|-v|-V|-f|-F|-r name]
[ "$1" = -l ] || exit 1
printf '%-20s %-25s %s\\n' '# FIXTURE' VARIANT TEST tie ipv4 steady '' ipv6 race >&2
exit 4
`;

const main = fileURLToPath(new URL('../../runner/cli/main.ts', import.meta.url));

/** Where a run plays. */
export interface Stage {
  folder: string;
  tree: string;
  /** A folder with proof.yaml. */
  proof: string;
  /** The run directory; not there yet. */
  run: string;
  cache: string;
  patch(name: keyof typeof patches): string;
  /** make's calls, one a line. */
  made(): string[];
  /** Objects compiled, in order. */
  compiled(): string[];
  /** `variant accelerator` of each boot. */
  booted(): string[];
}

/** What the machine does when nothing is wrong: the race is lost without the patch only. */
export const good: Script = { base: [{ one: 'fail' }], patched: [{}] };

/**
 * A fake kernel tree, proof and tests, with scripted make, gcc and vng first on PATH, and an empty
 * cache.
 */
export function setStage(
  script: Partial<Script> = {},
  more: Readonly<Record<string, string>> = {},
): Stage {
  const folder = temporary();
  const cache = useCache();
  const tree = fakeTree({ 'tools/keep': '', ...more });
  write(folder, {
    'proof/proof.yaml': proofYaml,
    'mine/Makefile': `all: ; cp one.c $(OUTPUT)/one; cp two.c $(OUTPUT)/two
install: all ; mkdir -p $(INSTALL_PATH); cp -p $(OUTPUT)/one $(OUTPUT)/two $(INSTALL_PATH)
emit_tests: ; @printf '%s\\n' $(COLLECTION):one $(COLLECTION):two
`,
    'mine/one.c': 'one\n',
    'mine/two.c': harness,
    'mine/settings': 'timeout=1\n',
    'script.json': JSON.stringify({ ...good, ...script }),
    ...Object.fromEntries(
      Object.entries(patches).map(([name, text]) => [`proof/${name}.patch`, text]),
    ),
  });
  setEnv('PATH', `${commands()}:${process.env['PATH']}`);
  const calls = path.join(folder, 'make-calls');
  setEnv('MAKE_CALLS', calls);
  setEnv('FAKE_VNG_SCRIPT', path.join(folder, 'script.json'));
  setEnv('PATCHPROOF_ACCEL', 'tcg');
  return {
    folder,
    tree,
    proof: path.join(folder, 'proof'),
    run: path.join(folder, 'run'),
    cache,
    patch: (name) => path.join(folder, 'proof', `${name}.patch`),
    made: () => linesOf(calls),
    compiled: () => linesOf(process.env['COMPILED'] ?? ''),
    booted: () => linesOf(path.join(folder, 'script.json.boots')),
  };
}

/**
 * The same with what a run of the proof leaves in the cache: both kernels and the tests are there.
 * For all that is not about how they get there, nor about nothing being built.
 */
export function warmStage(...given: Parameters<typeof setStage>): Stage {
  const warm = sharedFolder('cache', fillCache);
  const stage = setStage(...given);
  cpSync(warm, stage.cache, { recursive: true, preserveTimestamps: true });
  return stage;
}

/** Runs the proof, and moves what it leaves in its cache. */
function fillCache(folder: string): void {
  const stage = setStage();
  const words = ['run', stage.proof, '--kernel', stage.tree, '--output-dir', stage.run];
  execFileSync(process.execPath, [main, ...words], { cwd: stage.folder, stdio: 'pipe' });
  for (const kind of ['sources', 'kernels', 'objects', 'selftests', 'images', 'probes'])
    renameSync(path.join(stage.cache, kind), path.join(folder, kind));
  // Of another stage's folders.
  rmSync(path.join(folder, 'sources', 'manifests'), { recursive: true });
}

/** One VM at a time. */
export const settings: RunRequest['settings'] = {
  useVariant: false,
  toolchain,
  config: '',
  accelerator: { name: 'tcg', why: 'a test' },
  shape: { cpus: 1, memory: 256 },
  jobs: 2,
  vms: 1,
  selection: { filter: [], exclude: [] },
  rounds: { repeat: 1, untilFail: false, failFast: false },
};

/** `runPlan` on a stage, as `patchproof run PROOF --kernel TREE [--patch FILE]` calls it. */
export async function play(
  stage: Stage,
  patch?: keyof typeof patches,
  more: Partial<RunRequest> & { candidates?: string[]; mutants?: boolean } = {},
): Promise<RunOutcome> {
  const proof = await findProof(stage.proof);
  const { mutants = false, candidates: named = [] } = more;
  const candidates = [
    ...candidatesOf(patch === undefined ? [] : [stage.patch(patch)]),
    ...namedCandidates(proof, named),
  ];
  return runPlan({
    plan: planCells(proof, { kernels: [stage.tree], candidates, mutants }),
    given: await readGiven(candidates),
    settings,
    folder: await makeRunFolder(stage.run, 'unused'),
    tool: '0',
    argv: [],
    host: {},
    seed: 'seed',
    startedAt: '2026-01-01T00:00:00.000Z',
    strict: false,
    listeners: [],
    signal: new AbortController().signal,
    ...more,
  });
}

/** The complete events on disk. */
export function eventsOf(folder: string): RunEvent[] {
  return linesOf(path.join(folder, 'events.jsonl')).map((line) => JSON.parse(line) as RunEvent);
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}
