// SPDX-License-Identifier: MIT

/** Name of the side without a patch. */
export const base = 'base';

/** Name of a candidate that was given none. */
export const defaultCandidate = 'patched';

/** `base` or a candidate's name. */
type Variant = string;

/** A ready-made patch and the kernel series ("6.12") whose contexts it has. */
export interface ReadyPatch {
  /** Absolute path. */
  file: string;
  series: readonly string[];
}

/** A folder in kselftest form. */
export interface TestFolder {
  /** The collection's kselftest name, e.g. `tcp_repair`. */
  name: string;
  /** Absolute path. */
  folder: string;
}

/** A target of the selftests of the kernel under test. */
export interface TestTarget {
  /** Below tools/testing/selftests, e.g. `net/tcp_ao`. */
  name: string;
  /** Globs over its programs; empty: all. */
  programs: readonly string[];
}

/** KUnit's suites, which are built into the kernel. */
export interface KunitSuites extends TestTarget {
  /** For kunit.filter_glob: suites, or `suites.tests`; null: all. */
  glob: string | null;
}

/** Something to be run on every variant. */
export type TestCollection = TestFolder | TestTarget | KunitSuites;

/** Whether a collection comes from a folder, and not from the kernel's tree. */
export function isFolder(collection: TestCollection): collection is TestFolder {
  return 'folder' in collection;
}

/** Whether a collection is what the kernel itself runs. */
export function isKunit(collection: TestCollection): collection is KunitSuites {
  return 'glob' in collection;
}

/** What the guest's root is made of; see README. */
export type ImageName = 'agent' | 'host' | 'debian';

export const imageNames: readonly ImageName[] = ['agent', 'host', 'debian'];

/** Where an expectation holds. */
interface Scope {
  /** Only on kernels of these series; all when absent. */
  series?: readonly string[];
  /** Only for candidates of these names; all when absent. */
  only?: readonly string[];
  /** Not for candidates of these names. */
  except?: readonly string[];
}

/** What must hold for each test that matches. */
export interface TestExpectation extends Scope {
  kind: 'tests';
  /** Glob over test names (`*` any run of characters). */
  match: string;
  base?: 'pass' | 'fail';
  candidate?: 'pass' | 'fail';
  text: string;
}

/** What must hold for the drops of one reason, counted by the tracepoint. */
export interface DropExpectation extends Scope {
  kind: 'drops';
  /** Reason without the SKB_DROP_REASON_ prefix. */
  reason: string;
  /** Glob over test programs. */
  match: string;
  base?: 'absent' | 'zero' | 'some';
  /** `counter:NAME`: exactly the sum of that counter over the program's tests. */
  candidate?: 'absent' | 'zero' | 'some' | `counter:${string}`;
  text: string;
}

export type Expectation = TestExpectation | DropExpectation;

/** Which tests are run: globs over program and test names, `*` any run of characters. */
export interface Selection {
  /** Empty: all. */
  filter: readonly string[];
  /** Wins over `filter`. */
  exclude: readonly string[];
}

/** Harm that is known and accepted for one patch: it is told, and counts against it under `--strict` only. */
export interface KnownHarm {
  /** sha256 of the normalised patch (see kernel/patch), or several: one for each series. */
  patch: string | readonly string[];
  match: string;
  reason: string;
}

/** A candidate that the proof knows by name. */
export interface NamedCandidate {
  patches: readonly ReadyPatch[];
  /** Of the tests. Without patches the kernel is that of base. */
  environment: Readonly<Record<string, string>>;
  /** Globs over the only tests that are run on it; empty: all. */
  tests: readonly string[];
}

/** A wrong patch that the tests must tell from the right one. */
export interface MutantSpec {
  name: string;
  /** What is wrong with it. */
  text: string;
  /** Absolute path of a whole patch. */
  file: string;
  series: readonly string[];
  /** Globs over tests: one of them must come to another outcome than with the right patch. */
  tests: readonly string[];
}

/** A proof file after loading: all paths absolute, all defaults filled in. */
export interface Proof {
  name: string;
  title: string;
  patches: readonly ReadyPatch[];
  candidates: Readonly<Record<string, NamedCandidate>>;
  mutants: readonly MutantSpec[];
  kernels: readonly string[];
  profiles: readonly string[];
  /** The shape of its VMs; memory in MiB. */
  cpus: number;
  memory: number;
  /** Attempts of everything; absent: one, and another of what did not pass. */
  repeat?: number;
  image: ImageName;
  tests: readonly TestCollection[];
  expectations: readonly Expectation[];
  /** Texts of expectations whose tests `--tests` replaced. */
  leftOut: readonly string[];
  knownHarm: readonly KnownHarm[];
}

/** A patch (or series) under proof. */
export interface CandidateSpec {
  name: Variant;
  /** Absolute path given by `--patch`; without it the proof's ready-made patch of the kernel's series is taken. */
  file?: string;
  /** The proof's, for `--candidate NAME`. */
  named?: NamedCandidate;
}

/** kernel x profile x candidate, together with its base: the unit of a CI matrix. */
export interface Cell {
  /** `<kernel>/<profile>`, made safe for a path. */
  id: string;
  kernel: string;
  profile: string;
  candidates: readonly CandidateSpec[];
  /** Tried beside the only candidate, which they are compared with. */
  mutants: readonly MutantSpec[];
  tests: readonly TestCollection[];
  image: ImageName;
  /** Why the cell is in the plan, one sentence. */
  why: string;
}

export interface Plan {
  proof: Proof;
  cells: readonly Cell[];
}
