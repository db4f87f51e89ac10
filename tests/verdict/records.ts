// SPDX-License-Identifier: MIT
import type { Outcome } from '../../runner/evidence/ktap/index.ts';
import type {
  Attempt,
  Boot,
  CellRecord,
  KernelRecord,
  RunRecord,
  Splat,
  TestResult,
  VariantFailure,
} from '../../runner/evidence/model.ts';
import type { Expectation, KnownHarm, Selection } from '../../runner/proof/model.ts';

/** Program to test to its outcomes, one an attempt. */
export type Tests = Record<string, Record<string, Outcome | Outcome[]>>;

/** Everything that one side of a cell did, in short. */
export interface SideSpec {
  tests?: Tests;
  counters?: Record<string, Record<string, number | string>>;
  drops?: Record<string, number> | null;
  /** Instead of `drops`, for single programs. */
  dropsOf?: Record<string, Record<string, number>>;
  dropsLost?: number | null;
  reasons?: string[] | null;
  splats?: Splat[];
  end?: string;
  image?: string;
  /** No kernel, no boot, no attempt. */
  missing?: boolean;
  exit?: Attempt['exit'];
  release?: string | null;
}

export interface RunSpec {
  sides: Record<string, SideSpec>;
  expectations?: Expectation[];
  knownHarm?: KnownHarm[];
  failures?: Partial<VariantFailure>[];
  programs?: string[];
  files?: string[];
  series?: string;
  selection?: Selection;
  leftOut?: string[];
}

export const hash = 'a'.repeat(64);
const exited = { exitCode: 0, signal: null, timedOut: false };

/** A finished run of one cell. */
export function record(spec: RunSpec): RunRecord {
  const sides = Object.entries(spec.sides);
  const programs = spec.programs ?? [
    ...new Set(sides.flatMap(([, side]) => Object.keys(side.tests ?? {}))),
  ];
  const cell: CellRecord = {
    id: '6.12/lean',
    kernel: '6.12',
    profile: 'lean',
    series: spec.series ?? '6.12',
    kernelVersion: '6.12.117',
    origin: 'kernel.org linux-6.12.117.tar.xz',
    sourceHash: 'b'.repeat(64),
    candidates: sides
      .filter(([name]) => name !== 'base')
      .map(([name]) => ({
        name,
        patch: `${name}.patch`,
        subject: 'tcp: drop segments that reach a socket in repair mode',
        hash,
        files: spec.files ?? ['net/ipv4/tcp_input.c'],
        note: null,
      })),
    programs,
    ...(spec.selection === undefined ? {} : { selection: spec.selection }),
    ...(spec.leftOut === undefined ? {} : { leftOut: spec.leftOut }),
  };
  const present = sides.filter(([, side]) => side.missing !== true);
  return {
    version: 1,
    tool: '0.1.0',
    argv: ['run'],
    host: { cpu: 'a CPU', qemu: '10.0.2' },
    seed: 'seed',
    startedAt: '2026-11-24T01:02:03.000Z',
    proof: {
      name: 'race',
      title: 'A socket in repair mode must not accept segments',
      expectations: spec.expectations ?? [],
      knownHarm: spec.knownHarm ?? [],
    },
    cells: [cell],
    kernels: present.map(([variant, side]) => kernel(variant, side)),
    boots: present.map(([variant, side]) => boot(variant, side)),
    attempts: present.flatMap(([variant, side]) => attempts(variant, side)),
    failures: (spec.failures ?? []).map((it) => failure(it)),
    stopped: [],
    interrupted: false,
    finished: true,
  };
}

function kernel(variant: string, side: SideSpec): KernelRecord {
  return {
    cell: '6.12/lean',
    variant,
    release: '6.12.117',
    imageHash: side.image ?? variant,
    key: `key-${variant}`,
    cached: variant === 'base',
    objects: variant === 'base' ? 0 : 1018,
    durationMs: 312_000,
  };
}

function boot(variant: string, side: SideSpec): Boot {
  return {
    cell: '6.12/lean',
    variant,
    boot: 1,
    release: side.release === undefined ? '6.12.117' : side.release,
    accelerator: 'tcg',
    durationMs: 9000,
    end: { kind: side.end ?? 'complete', detail: '' },
    reasons: side.reasons === undefined ? ['NOT_SPECIFIED'] : side.reasons,
    splats: side.splats ?? [],
    quiet: { ms: 200, drops: {} },
    consoleFile: `cells/6.12/lean/${variant}/boot-1/console.log`,
  };
}

function attempts(variant: string, side: SideSpec): Attempt[] {
  return Object.entries(side.tests ?? {}).flatMap(([program, tests]) => {
    const rounds = Math.max(1, ...Object.values(tests).map((it) => [it].flat().length));
    return Array.from({ length: rounds }, (_, round): Attempt => ({
      cell: '6.12/lean',
      variant,
      program,
      attempt: round + 1,
      boot: 1,
      durationMs: 1500,
      exit: side.exit === undefined ? exited : side.exit,
      results: Object.entries(tests).flatMap(([leaf, outcomes]) => {
        const outcome = [outcomes].flat()[round];
        return outcome === undefined ? [] : [result(program, leaf, outcome, side)];
      }),
      problems: [],
      drops: side.dropsOf?.[program] ?? (side.drops === undefined ? {} : side.drops),
      dropsLost: side.dropsLost === undefined ? 0 : side.dropsLost,
    }));
  });
}

/** The leaf name '' is the program itself. */
function result(program: string, leaf: string, outcome: Outcome, side: SideSpec): TestResult {
  const name = leaf === '' ? program : `${program}/${leaf}`;
  return { name, outcome, reason: null, diagnostics: [], counters: side.counters?.[name] ?? {} };
}

function failure(it: Partial<VariantFailure>): VariantFailure {
  return {
    cell: '6.12/lean',
    variant: 'patched',
    stage: 'build',
    code: 'build-failed',
    message: 'The kernel does not compile.',
    evidence: [
      'make: entering',
      "net/ipv4/tcp.c:12:3: error: 'x' undeclared",
      'make: *** [all] Error 2',
    ],
    remedy: 'Read the log.',
    times: 2,
    ...it,
  };
}
