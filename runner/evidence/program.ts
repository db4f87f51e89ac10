// SPDX-License-Identifier: MIT
import type { BootEnd } from '../vm/model.ts';
import { addCounters, readCounters } from './counters.ts';
import type { Counters } from './counters.ts';
import { BLOCKING, countedTests, isFailing, KtapReader } from './ktap/index.ts';
import type { KtapEvent, KtapNode, KtapReport, Outcome } from './ktap/index.ts';
import type { Attempt, TestResult } from './model.ts';
import { maxTimelineLines, readTimelineLine } from './timeline.ts';

const maxDiagnostics = 100;
const maxDiagnosticColumns = 1000;

type Exit = NonNullable<Attempt['exit']>;
type Told = Pick<Attempt, 'results' | 'problems'>;

/** KSFT_* of tools/testing/selftests/kselftest.h; 124 is timeout(1)'s. */
const exitOutcomes: Readonly<Record<number, Outcome>> = {
  0: 'pass',
  1: 'fail',
  2: 'xfail',
  3: 'xpass',
  4: 'skip',
  124: 'timeout',
};

/** Statuses that agree with a log in which nothing failed: all passed, xfail, xpass or skipped. */
const goodExits: readonly number[] = [0, 2, 3, 4];

/**
 * Reads one test program's output. The program itself gets a result, under its own name, only
 * where it has something to say beyond its leaves: it printed no KTAP, it did not exit by
 * itself, its log and its exit do not agree, or tests that it promised are missing.
 */
export class ProgramReader {
  readonly #program: string;
  readonly #reader: KtapReader;
  readonly #counters = new Map<number, Counters>();
  readonly #timelines = new Map<number, readonly string[]>();
  #pending: Counters = {};
  #timeline: string[] = [];

  constructor(program: string, onResult: (name: string, outcome: Outcome) => void) {
    this.#program = program;
    this.#reader = new KtapReader((event) => this.#listen(event, onResult));
  }

  push(data: string): void {
    this.#reader.push(data);
  }

  /** The program ended by itself, or its own timeout ended it. */
  finish(exit: Exit): Told {
    const report = this.#reader.end(exit.timedOut ? 'timeout' : 'crashed');
    if (report.tests.length === 0) {
      const outcome = outcomeOf(exit);
      return { results: [this.#own(outcome, `no KTAP; ${describe(exit)}`)], problems: [] };
    }
    const results = this.#results(report);
    const problems = report.problems.map((it) => `line ${it.line}: ${it.message}`);
    const wrong = wrongEnd(results, exit);
    if (wrong !== null) problems.push(wrong.reason);
    const hidden = report.problems.find((it) => BLOCKING.has(it.code) && it.code !== 'no-pass');
    const own = wrong ?? (hidden && { outcome: 'error' as const, reason: hidden.message });
    if (own !== undefined) results.push(this.#own(own.outcome, own.reason));
    return { results, problems: [...problems, ...this.#stray()] };
  }

  /** The guest went away while the program ran. */
  cutOff(end: BootEnd): Told {
    const report = this.#reader.end(end.kind === 'timeout' ? 'timeout' : 'crashed');
    const problem = `cut off: ${end.kind}`;
    if (['vm-lost', 'emulator-fault', 'canceled'].includes(end.kind)) {
      const seen = this.#results(report).filter(
        (it) => it.outcome !== 'crashed' && it.outcome !== 'notRun',
      );
      return { results: seen, problems: [problem] };
    }
    const outcome = end.kind === 'timeout' ? 'timeout' : 'crashed';
    const own = this.#own(outcome, `the guest died: ${end.kind}`);
    return { results: [...this.#results(report), own], problems: [problem] };
  }

  #listen(event: KtapEvent, onResult: (name: string, outcome: Outcome) => void): void {
    if (event.type === 'diagnostic') {
      addCounters(this.#pending, readCounters(event.text) ?? {});
      const line = readTimelineLine(event.text);
      if (line !== undefined && this.#timeline.length < maxTimelineLines) this.#timeline.push(line);
    } else if (event.type === 'result') {
      // A test prints its numbers before its result; the line is what ties them to the tree.
      if (Object.keys(this.#pending).length > 0) this.#counters.set(event.line, this.#pending);
      this.#pending = {};
      if (this.#timeline.length > 0) this.#timelines.set(event.line, this.#timeline);
      this.#timeline = [];
      onResult(
        `${this.#program}/${[...event.parents, event.name].filter(Boolean).join(' > ')}`,
        event.outcome,
      );
    }
  }

  #results(report: KtapReport): TestResult[] {
    return countedTests(report.tests)
      .filter((node) => !isPlaceholder(node))
      .map((node) => this.#leaf(node));
  }

  #leaf(node: KtapNode): TestResult {
    const timeline = this.#timelines.get(node.line);
    return {
      name: `${this.#program}/${node.path}`,
      outcome: node.outcome,
      reason: node.directive,
      diagnostics: node.diagnostics
        .filter((it) => readTimelineLine(it) === undefined)
        .slice(0, maxDiagnostics)
        .map((it) => it.slice(0, maxDiagnosticColumns)),
      counters: this.#counters.get(node.line) ?? {},
      ...(timeline === undefined ? {} : { timeline }),
    };
  }

  #own(outcome: Outcome, reason: string): TestResult {
    return { name: this.#program, outcome, reason, diagnostics: [], counters: {} };
  }

  #stray(): string[] {
    return Object.keys(this.#pending).length === 0 ? [] : ['counters after the last result'];
  }
}

function outcomeOf(exit: Exit): Outcome {
  if (exit.timedOut) return 'timeout';
  if (exit.signal !== null) return 'crashed';
  return exitOutcomes[exit.exitCode ?? -1] ?? 'fail';
}

function describe(exit: Exit): string {
  if (exit.timedOut) return 'timed out';
  return exit.signal === null ? `exit ${exit.exitCode}` : `killed by signal ${exit.signal}`;
}

/** A test that the plan promised and that never said its name: no other side has one of this name. */
function isPlaceholder(node: KtapNode): boolean {
  const unsaid = ['notRun', 'crashed', 'timeout'].includes(node.outcome) && node.directive === null;
  return unsaid && /^\(test \d+\)$/.test(node.name);
}

/** Set where the program did not exit by itself, or its status and its log do not agree. */
function wrongEnd(
  results: readonly TestResult[],
  exit: Exit,
): { outcome: Outcome; reason: string } | null {
  if (exit.timedOut) return { outcome: 'timeout', reason: describe(exit) };
  if (exit.signal !== null) return { outcome: 'crashed', reason: describe(exit) };
  const failed = results.some((it) => isFailing(it.outcome));
  if (exit.exitCode === 0 && failed) {
    return { outcome: 'error', reason: 'exit 0 though a test failed' };
  }
  if (!goodExits.includes(exit.exitCode ?? -1) && !failed) {
    return { outcome: 'error', reason: `${describe(exit)} though no test failed` };
  }
  return null;
}
