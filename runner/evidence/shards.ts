// SPDX-License-Identifier: MIT
import type { RunEvent } from '../events.ts';
import { shardName, type Shard } from '../proof/shard.ts';
import type { CellRecord, KernelRecord, RecordedProof } from './model.ts';

/** What a shard's stream says of the shard as a whole: enough to tell whether it belongs to the others. */
export interface ShardHead {
  /** The run directory, as typed. */
  name: string;
  tool: string;
  host: Readonly<Record<string, string>>;
  seed: string;
  startedAt: string;
  /** A stream without one is a whole run, and one part of one. */
  shard: Shard;
  proof: RecordedProof | null;
  cells: CellRecord[];
  kernels: KernelRecord[];
  isComplete: boolean;
}

/** A part of the work that a matrix asked for. */
export interface ExpectedPart {
  id: string;
  kernel: string;
  profile: string;
  candidate: string;
  shard: string;
}

export function emptyHead(name: string): ShardHead {
  return {
    name,
    tool: '',
    host: {},
    seed: '',
    startedAt: '',
    shard: { index: 1, total: 1 },
    proof: null,
    cells: [],
    kernels: [],
    isComplete: false,
  };
}

/** Takes from an event what the head keeps. */
export function readHead(head: ShardHead, event: RunEvent): void {
  switch (event.type) {
    case 'run-started':
      head.tool = event.tool;
      head.host = event.host;
      head.seed = event.seed;
      head.startedAt = event.startedAt;
      if (event.shard !== undefined) head.shard = event.shard;
      break;
    case 'proof-loaded':
      head.proof = event.proof;
      break;
    case 'cell-planned':
      head.cells.push(event.cell);
      break;
    case 'kernel-built':
      head.kernels.push(event.kernel);
      break;
    case 'run-interrupted':
      head.isComplete = false;
      break;
    case 'run-finished':
      head.isComplete = true;
      break;
    case 'stage-started':
    case 'stage-progress':
    case 'stage-finished':
    case 'stage-failed':
    case 'boot-finished':
    case 'test-result':
    case 'attempt-finished':
    case 'variant-failed':
    case 'note':
    case 'stopped-early':
    case 'shards-merged':
      break;
    default:
      // A newer version's event says nothing of the shard as a whole.
      event satisfies never;
  }
}

/** One candidate of one cell in one shard. */
interface Part {
  head: ShardHead;
  cell: CellRecord;
  candidate: string;
}

/** What the shards do not agree on and what is missing, in sentences that name the shard. Empty when they are one run. */
export function shardProblems(
  heads: readonly ShardHead[],
  expected: readonly ExpectedPart[],
): string[] {
  const parts = heads.flatMap((head) =>
    head.cells.flatMap((cell) =>
      cell.candidates.map(({ name }): Part => ({ head, cell, candidate: name })),
    ),
  );
  const groups = Object.values(
    Object.groupBy(parts, ({ cell, candidate }) => `${cell.id} ${candidate}`),
  );
  return [
    ...heads.filter((it) => !it.isComplete).map((it) => `${it.name} ends before its work did.`),
    ...heads
      .filter((it) => it.isComplete && it.cells.length === 0)
      .map((it) => `${it.name} got no kernel as far as being tried.`),
    ...mismatches(heads),
    ...groups.flatMap((group) => gaps(group ?? [])),
    ...absences(expected, parts),
  ];
}

/** Says of each shard in turn whether earlier ones bring all of its work, too. */
export class Duplicates {
  readonly #seen = new Set<string>();

  has(head: ShardHead): boolean {
    const own = head.cells.flatMap((cell) =>
      cell.candidates.map(({ name }) => `${cell.id} ${name} ${shardName(head.shard)}`),
    );
    const isDuplicate = own.length > 0 && own.every((it) => this.#seen.has(it));
    for (const it of own) this.#seen.add(it);
    return isDuplicate;
  }
}

/** Everything in which a shard differs from the first one that has the same. */
function mismatches(heads: readonly ShardHead[]): string[] {
  const firsts = new Map<string, { value: string; name: string }>();
  const problems = new Set<string>();
  const compare = (head: ShardHead, what: string, value: string): void => {
    const first = firsts.get(what);
    if (first === undefined) firsts.set(what, { value, name: head.name });
    else if (first.value !== value) {
      const values = value.length <= 40 ? `: ${value} and ${first.value}` : '';
      problems.add(`${head.name} and ${first.name} differ in ${what}${values}.`);
    }
  };
  for (const head of heads) {
    compare(head, 'the version of patchproof', head.tool);
    if (head.proof !== null) compare(head, 'the proof', JSON.stringify(head.proof));
    for (const cell of head.cells) {
      compare(head, `the kernel version of ${cell.id}`, cell.kernelVersion);
      compare(head, `the kernel source of ${cell.id}`, cell.sourceHash.slice(0, 12));
      compare(head, `the tests of ${cell.id}`, (cell.allPrograms ?? cell.programs).join(' '));
      const { filter = [], exclude = [] } = cell.selection ?? {};
      compare(head, `the selected tests of ${cell.id}`, JSON.stringify({ filter, exclude }));
      for (const { name, hash, environment = {}, tests = [] } of cell.candidates) {
        compare(head, `the patch ${name} of ${cell.id}`, hash.slice(0, 12));
        compare(head, `the environment of ${name} of ${cell.id}`, JSON.stringify(environment));
        compare(head, `the tests of ${name} of ${cell.id}`, tests.join(' '));
      }
    }
    for (const { cell, variant, key } of head.kernels) {
      const what = `the build of ${variant} of ${cell} (source, patch, config or compiler)`;
      compare(head, what, key.slice(0, 12));
    }
  }
  return [...problems];
}

/** What is missing from, or twice in, the shards of one cell and candidate. */
function gaps(group: readonly Part[]): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const place = `${first.cell.id}, ${first.candidate}`;
  const { total } = first.head.shard;
  const odd = group.find(({ head }) => head.shard.total !== total);
  if (odd !== undefined) {
    const [a, b] = [first, odd].map(({ head }) => `${head.name} is ${shardName(head.shard)}`);
    return [`${place}: ${a}, but ${b}: they are not shards of one run.`];
  }
  const problems: string[] = [];
  for (let index = 1; index <= total; index++) {
    const found = group.filter(({ head }) => head.shard.index === index);
    const name = `shard ${index} of ${total}`;
    if (found.length === 0) problems.push(`${place}: ${name} is missing.`);
    if (found.length > 1) {
      const names = found.map(({ head }) => head.name).join(' and ');
      problems.push(`${place}: ${name} is there ${found.length} times: ${names}.`);
    }
  }
  if (problems.length > 0) return problems;
  const ran = group.flatMap(({ cell }) => cell.programs);
  const all = first.cell.allPrograms ?? first.cell.programs;
  const lost = all.filter((it) => !ran.includes(it));
  const twice = all.filter((it) => ran.indexOf(it) !== ran.lastIndexOf(it));
  if (lost.length + twice.length === 0) return [];
  return [`${place}: the shards were split by other durations: ${[...lost, ...twice].join(', ')}.`];
}

function absences(expected: readonly ExpectedPart[], parts: readonly Part[]): string[] {
  const key = (...words: string[]): string => words.join('\0');
  const found = new Set(
    parts.map(({ cell, candidate, head }) =>
      key(cell.kernel, cell.profile, candidate, shardName(head.shard)),
    ),
  );
  return expected
    .filter((it) => !found.has(key(it.kernel, it.profile, it.candidate, it.shard)))
    .map(({ id }) => `${id} is missing: the matrix asks for it, and no shard brings it.`);
}
