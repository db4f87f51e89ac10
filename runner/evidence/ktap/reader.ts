// SPDX-License-Identifier: MIT
import type { Classified, ResultToken, Token, Totals } from './classify.ts';
import { classify } from './classify.ts';
import { HeaderReader } from './headers.ts';
import type { Level } from './level.ts';
import { finishTree, isComplete } from './level.ts';
import type { RawLine } from './lines.ts';
import { cleanLine, LineSplitter } from './lines.ts';
import type { KtapEvent, KtapReport, ProblemCode } from './model.ts';
import { nameResult } from './naming.ts';
import { ProblemList } from './problems.ts';
import { countTests, isOk } from './summary.ts';
import { compareTotals } from './totals.ts';
import { GrowingTree } from './tree.ts';

/**
 * Reads KTAP as kernels and kselftests really print it (Documentation/dev-tools/ktap.rst, kselftest/runner.sh,
 * ktap_helpers.sh, kselftest.h, kselftest_harness.h) out of a log that holds anything else as well. It is live: the
 * events of a line are out when push() of its newline returns. It never throws on what it reads.
 */
export class KtapReader {
  readonly #emit: (event: KtapEvent) => void;
  readonly #splitter: LineSplitter;
  readonly #problems: ProblemList;
  readonly #tree: GrowingTree;
  readonly #headers: HeaderReader;
  #report: KtapReport | null = null;

  constructor(onEvent: (event: KtapEvent) => void = () => undefined) {
    this.#emit = onEvent;
    this.#splitter = new LineSplitter((line) => {
      this.#readLine(line);
    });
    this.#problems = new ProblemList((problem) => {
      onEvent({ type: 'problem', problem });
    });
    this.#tree = new GrowingTree(onEvent, this.#problems);
    this.#headers = new HeaderReader(this.#tree, this.#problems, onEvent);
  }

  /** Takes the next piece of the stream, cut anywhere. */
  push(chunk: Uint8Array | string): void {
    if (this.#report !== null) throw new Error('KtapReader: push() after end()');
    this.#splitter.push(chunk);
  }

  /** Names of the tests that have begun and not ended, outermost first: what a hang hangs in. */
  get inFlight(): string[] {
    return this.#tree.inFlight();
  }

  /**
   * Ends the stream. What is still in flight has crashed, or timed out where the caller ended the stream for that reason.
   */
  end(inFlight: 'crashed' | 'timeout' = 'crashed'): KtapReport {
    if (this.#report !== null) return this.#report;
    this.#splitter.end();
    const tests = finishTree(this.#tree.finish(inFlight));
    const counts = countTests(tests);
    if (this.#tree.results === 0) {
      this.#problem('no-results', 'no test result in this log');
    } else if (counts.pass === 0) {
      this.#problem('no-pass', 'no test passed');
    }
    const problems = this.#problems.finish(this.#tree.line);
    this.#report = { tests, problems, counts, ok: isOk(counts, problems) };
    return this.#report;
  }

  #problem(code: ProblemCode, message: string): void {
    this.#problems.add(this.#tree.line, code, message);
  }

  #readLine(line: RawLine): void {
    this.#tree.line = line.number;
    if (line.dropped > 0) {
      this.#problem('line-too-long', `${String(line.dropped)} characters were cut from a line`);
    }
    for (const text of cleanLine(line.text)) {
      if (!line.terminated) this.#problem('unterminated-line', 'the last line has no newline');
      const { token, tail } = classify(text);
      this.#take(token, text, tail);
      if (tail !== null) {
        this.#problem('line-cut', 'kernel log text inside a line: its end may be lost');
        for (const part of cleanLine(tail)) this.#log(null, part);
      }
    }
  }

  #take(token: Token, text: string, tail: Classified['tail']): void {
    switch (token.kind) {
      case 'version':
        this.#headers.version(token.column, token.label);
        return;
      case 'plan':
        this.#headers.plan(token.column, token.planned, token.skip);
        return;
      case 'subtest':
        this.#headers.subtest(token.column, token.name);
        return;
      case 'bail':
        this.#takeBail(token.column, token.reason, text);
        return;
      case 'diagnostic':
        this.#log(token.column, token.text);
        return;
      case 'unknown':
        this.#log(null, text);
        return;
      case 'result':
      case 'start':
      case 'totals':
      case 'harnessEnd':
      case 'unreadable': {
        // These mean something only at a level that is open; elsewhere it is what some test wrote to its log.
        const level = this.#levelFor(token);
        if (level === undefined) this.#unopened(token, text);
        else this.#takeAt(level, token, text, tail !== null);
      }
    }
  }

  #takeAt(level: Level, token: AtLevel, text: string, cut: boolean): void {
    switch (token.kind) {
      case 'result':
        this.#takeResult(level, token, cut);
        return;
      case 'start': {
        this.#tree.closeBeyond(level.column, { kind: 'superseded' });
        const { name, source } = token;
        this.#tree.start(level, { name, source, line: this.#tree.line });
        return;
      }
      case 'totals':
        this.#takeEnd(level, token.totals, false, text);
        return;
      case 'harnessEnd':
        this.#takeEnd(level, null, token.failed, text);
        return;
      case 'unreadable': {
        const code = token.ok ? 'result-unreadable' : 'failure-unreadable';
        this.#problem(code, `looks like a result, but has no number: ${excerpt(text)}`);
        this.#log(null, text);
      }
    }
  }

  // A deeper level opens at a version line, a plan or `# Subtest:`, never at a bare result: tests print `ok` for
  // many reasons. TAP 14 puts `# Subtest:` at the parent's depth, and may have no plan before the results.
  #levelFor(token: AtLevel): Level | undefined {
    const level = this.#tree.at(token.column);
    const top = this.#tree.top();
    if (level !== undefined || token.kind !== 'result' || top === undefined) return level;
    const announced = top.inFlight?.source === 'subtest' && token.column > top.column;
    return announced ? (this.#tree.open(token.column) ?? undefined) : undefined;
  }

  #unopened(token: AtLevel, text: string): void {
    if (token.kind === 'result') {
      this.#problem('level-not-opened', `a result where no plan was: ${excerpt(text)}`);
    }
    this.#log(token.column, text.trimStart());
  }

  #takeBail(column: number, reason: string, text: string): void {
    const level = this.#tree.at(column);
    this.#problem('bail-out', reason === '' ? 'Bail out!' : `Bail out! ${reason}`);
    if (level === undefined) {
      this.#log(column, text.trimStart());
      return;
    }
    this.#tree.closeBeyond(column, { kind: 'superseded' });
    level.block.bail = reason;
    this.#emit({ type: 'bail-out', reason, ...this.#tree.place(level) });
  }

  #takeResult(level: Level, token: ResultToken, cut: boolean): void {
    this.#tree.closeBeyond(level.column, { kind: 'result', outcome: token.outcome });
    const { name, ends, startedAs } = nameResult(level, token, cut);
    if (ends) level.inFlight = null;
    if (token.contradicts) {
      const message = `${name}: "ok" or "not ok" contradicts the directive; read as ${token.outcome}`;
      this.#problem('directive-contradicts', message);
    }
    if (startedAs !== null) {
      this.#problem('name-mismatch', `${startedAs} started, ${name} ended`);
    }
    this.#tree.results += 1;
    const { id, outcome, directive } = token;
    this.#tree.add(level, { name, id, outcome, directive, line: this.#tree.line });
  }

  #takeEnd(level: Level, totals: Totals | null, failed: boolean, text: string): void {
    this.#tree.closeBeyond(level.column, { kind: 'superseded' });
    level.block.finished = true;
    const found = compareTotals(level.block.outcomes, totals, failed);
    if (found !== null) this.#problem(found.code, found.message);
    this.#log(level.column, text.trimStart());
  }

  #log(column: number | null, text: string): void {
    const level = this.#tree.logLevel(column);
    if (level === undefined) return;
    level.log.add(text);
    const test = isComplete(level) ? null : (level.inFlight?.name ?? null);
    this.#emit({ type: 'diagnostic', test, text, ...this.#tree.place(level) });
  }
}

type AtLevel = Extract<
  Token,
  { kind: 'result' | 'start' | 'totals' | 'harnessEnd' | 'unreadable' }
>;

function excerpt(text: string): string {
  return text.trim().slice(0, 80);
}
