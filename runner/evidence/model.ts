// SPDX-License-Identifier: MIT
import type { Outcome } from './ktap/model.ts';

/** A WARN, BUG, KASAN report and the like on the console. */
export interface Splat {
  /** `warning`, `bug`, `kasan`, `lockdep`, `rcu-stall`, `hung-task`, `panic`... */
  kind: string;
  /** The line that names it, without its time stamp. */
  title: string;
  lines: readonly string[];
  /** The test in flight, or null for the boot. */
  test: string | null;
}

/** One leaf of a test program's KTAP. */
export interface TestResult {
  /** `collection:program/leaf path`, unique in its program. */
  name: string;
  outcome: Outcome;
  /** SKIP's or XFAIL's reason. */
  reason: string | null;
  /** Capped. */
  diagnostics: readonly string[];
  /** Numbers of the test's own `# counters:` lines; a text is `absent` or `untraced`. */
  counters: Readonly<Record<string, number | string>>;
  /** The test's own `# timeline:` lines, capped; absent where it printed none. */
  timeline?: readonly string[];
}

/** One run of one test program in one variant of one cell. */
export interface Attempt {
  cell: string;
  variant: string;
  /** `collection:program`. */
  program: string;
  /** Counts from 1. */
  attempt: number;
  boot: number;
  durationMs: number;
  exit: { exitCode: number | null; signal: number | null; timedOut: boolean } | null;
  results: readonly TestResult[];
  /** KTAP irregularities, in words. */
  problems: readonly string[];
  /** By reason name without SKB_DROP_REASON_; null when it could not be counted. */
  drops: Readonly<Record<string, number>> | null;
  dropsLost: number | null;
}

/** One boot of one variant. */
export interface Boot {
  cell: string;
  variant: string;
  boot: number;
  release: string | null;
  accelerator: string;
  durationMs: number;
  end: { kind: string; detail: string };
  /** Names this kernel has; null when it could not be read. A reason not listed is absent, not 0. */
  reasons: readonly string[] | null;
  splats: readonly Splat[];
  /** What was dropped in a window without a test, by reason: the background of every count. */
  quiet: { ms: number; drops: Readonly<Record<string, number>> | null } | null;
  consoleFile: string;
  /** Key of the guest image; older streams have none. */
  image?: string;
  /** The console's last lines, capped; streams of 0.1.0 have none. */
  consoleTail?: readonly string[];
}

/** A kernel as the record keeps it. */
export interface KernelRecord {
  cell: string;
  variant: string;
  release: string;
  imageHash: string;
  key: string;
  cached: boolean;
  objects: number;
  durationMs: number;
  /** Config symbols that the kernel's own tests ask for and it cannot have, with the reason; absent: none. */
  lacks?: readonly string[];
}

/** Why a variant of a cell has no kernel or no boot. */
export interface VariantFailure {
  cell: string;
  variant: string;
  /** `build` and `boot` are the patch's own doing when base is fine; the others never are. */
  stage: 'source' | 'patch' | 'build' | 'boot' | 'vm' | 'test';
  code: string;
  message: string;
  evidence: readonly string[];
  remedy: string;
  /** A file that holds the whole story. */
  log?: string;
  /** How often it was tried. */
  times: number;
}

/** Everything that a verdict is made of; the fold of the event stream. */
export interface RunRecord {
  version: 1;
  tool: string;
  argv: readonly string[];
  host: Readonly<Record<string, string>>;
  seed: string;
  startedAt: string;
  proof: RecordedProof | null;
  cells: readonly CellRecord[];
  kernels: readonly KernelRecord[];
  boots: readonly Boot[];
  attempts: readonly Attempt[];
  failures: readonly VariantFailure[];
  /** Why the run ended before everything in its plan was done, by the person's own wish. */
  stopped: readonly string[];
  interrupted: boolean;
  finished: boolean;
  /** Set when the run is only a part of one; absent from a whole or a merged run. */
  shard?: { index: number; total: number };
  /** What was found wrong when shards were merged. */
  shardProblems?: readonly string[];
}

/** The part of the proof that judging needs, recorded so that `verdict DIR` needs no other file. */
export interface RecordedProof {
  name: string;
  title: string;
  expectations: readonly import('../proof/model.ts').Expectation[];
  knownHarm: readonly import('../proof/model.ts').KnownHarm[];
  /** Texts of expectations whose tests the command line replaced; absent: none. */
  leftOut?: readonly string[];
  /** Names of the mutants that the run is to try; absent: it is not about mutants. */
  mutants?: readonly string[];
}

/** A patch as the record keeps it. */
export interface CandidateRecord {
  name: string;
  /** Its file's name; empty where the kernel is that of base. */
  patch: string;
  subject: string;
  /** Empty without a patch. */
  hash: string;
  /** That of the patch before it was made to fit this kernel, where that rewrote it. */
  givenHash?: string;
  files: readonly string[];
  note: string | null;
  /** The patch that was given, where a ready-made one was run in its place. */
  insteadOf?: string;
  /** The patch itself, capped; streams of 0.1.0 have none. */
  text?: string;
  /** Variables of its tests; absent: none of its own. */
  environment?: Readonly<Record<string, string>>;
  /** Globs over the only tests that are run on it; absent: all. */
  tests?: readonly string[];
}

/** A wrong patch, tried beside the only candidate. */
export interface MutantRecord extends CandidateRecord {
  /** What is wrong with it. */
  text: string;
  /** Globs over the tests that must tell it from the candidate. */
  tests: readonly string[];
  /** Those that are run for it. */
  programs: readonly string[];
  /** As a cell's. */
  leftOut: readonly string[];
}

export interface CellRecord {
  id: string;
  kernel: string;
  profile: string;
  /** What the command line asked of the config beyond the profile, and the words it gave make. */
  config?: readonly string[];
  makeWords?: readonly string[];
  series: string;
  kernelVersion: string;
  origin: string;
  sourceHash: string;
  candidates: readonly CandidateRecord[];
  /** Of this kernel's series; absent: none were asked for. */
  mutants?: readonly MutantRecord[];
  /** Those that are run. */
  programs: readonly string[];
  /** Which of their tests count; absent: all. */
  selection?: import('../proof/model.ts').Selection;
  /** Tests that the selection leaves out; of a program whose tests are not known, the program. */
  leftOut?: readonly string[];
  /** In a shard: the programs of all of them. */
  allPrograms?: readonly string[];
  /** What the guest's root was; absent: the small image of its own. */
  image?: import('../proof/model.ts').ImageName;
  /** Folders of the test collections, relative to where the run was started; none of those outside. */
  collections?: readonly { name: string; folder: string }[];
}
