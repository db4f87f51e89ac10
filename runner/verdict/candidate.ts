// SPDX-License-Identifier: MIT
import type { RunRecord, VariantFailure } from '../evidence/model.ts';
import { base } from '../proof/model.ts';
import { matchesGlob } from '../proof/glob.ts';
import { harmful, isFail, isPass } from './compare.ts';
import type { SideOutcome } from './compare.ts';
import { judgeExpectation, list } from './expectations.ts';
import type { Answer, IsExcused } from './expectations.ts';
import type { CandidateVerdict } from './model.ts';
import { consolePrefix, isProgramRow } from './rows.ts';
import type { CellView } from './rows.ts';
import type { Side } from './sides.ts';

/** Sentences by what they do to the verdict. */
interface Findings {
  /** Evidence is missing or worthless: no verdict, whatever else was seen. */
  missing: string[];
  /** The patch's own doing: not proved. */
  against: string[];
  /** Open questions: no verdict, unless something already speaks against the patch. */
  open: string[];
}

const shownSplats = 3;

/** Judges one candidate over all its cells. */
export function judgeCandidate(
  record: RunRecord,
  views: readonly CellView[],
  name: string,
  strict: boolean,
): CandidateVerdict {
  const findings: Findings = { missing: [], against: [], open: [] };
  checkRecord(record, findings);
  const own = views.filter((it) => it.candidates.has(name));
  const tried = own.filter((view) => wasTried(record, view, name, findings));
  for (const view of tried) checkCompleteness(view, name, findings);

  const harm = (record.proof?.knownHarm ?? []).filter(({ patch }) =>
    record.cells.some((cell) =>
      cell.candidates.some((it) => it.name === name && it.hash === patch),
    ),
  );
  const hashIn = (view: CellView): string | undefined =>
    view.cell.candidates.find((it) => it.name === name)?.hash;
  const harmOf = (view: CellView, test: string): string | undefined =>
    harm.find((it) => it.patch === hashIn(view) && matchesGlob(it.match, test))?.reason;

  const knownHarm: CandidateVerdict['knownHarm'] = [];
  const broken: string[] = [];
  let fixed = 0;
  for (const view of tried) {
    for (const row of view.rows) {
      const change = row.change[name];
      if (change === 'fixed') fixed++;
      if (change === undefined || !harmful.has(change)) continue;
      const reason = harmOf(view, row.name);
      if (reason !== undefined) knownHarm.push({ test: row.name, reason });
      if (reason !== undefined && !strict) continue;
      const isSplat = row.name.startsWith(consolePrefix);
      broken.push(isSplat ? row.name : `${row.name} (${change})`);
    }
  }
  const [splats, tests] = [true, false].map((wanted) =>
    broken.filter((it) => it.startsWith(consolePrefix) === wanted),
  ) as [string[], string[]];
  if (tests.length > 0) findings.against.push(`The patch breaks ${list(tests)}.`);
  for (const splat of splats.slice(0, shownSplats)) {
    findings.against.push(
      `On the console only with the patch: ${splat.slice(consolePrefix.length)}`,
    );
  }

  const isExcused: IsExcused = (view, test) => !strict && harmOf(view, test) !== undefined;
  const expectations = judgeAll(record, tried, name, isExcused, broken, findings);
  if (tried.length > 0) checkThatTestsRan(tried, name, findings);

  const overall =
    findings.missing.length > 0
      ? 'no verdict'
      : findings.against.length > 0
        ? 'not proved'
        : findings.open.length > 0
          ? 'no verdict'
          : 'proved';
  const good = overall === 'proved' ? [summary(expectations.length, fixed, knownHarm.length)] : [];
  return {
    overall,
    // What speaks against the patch in a run that went wrong is no reason for anything.
    reasons:
      findings.missing.length > 0
        ? findings.missing
        : [...good, ...findings.against, ...findings.open],
    expectations,
    knownHarm,
  };
}

function summary(expectations: number, fixed: number, harmed: number): string {
  const tests = (n: number): string => (n === 1 ? '1 test' : `${n} tests`);
  const gain = fixed === 0 ? 'nothing was fixed' : `${tests(fixed)} fixed`;
  const loss = harmed === 0 ? 'nothing broke' : `${tests(harmed)} broken as known harm`;
  return `${expectations === 1 ? 'The expectation is' : `All ${expectations} expectations are`} met, ${gain}, ${loss}.`;
}

function checkRecord(record: RunRecord, findings: Findings): void {
  if (record.interrupted) findings.missing.push('The run was interrupted.');
  else if (!record.finished) findings.missing.push('The record ends before the run did.');
  if (record.proof === null) findings.missing.push('The record holds no proof.');
  for (const failure of record.failures) {
    const planned = record.cells.some((it) => it.id === failure.cell);
    if (!planned) findings.missing.push(`${failure.cell}: ${sentence(failure.message)}`);
  }
  if (record.cells.length === 0) findings.missing.push('No kernel got as far as being tried.');
}

/** True when both kernels of the cell were there to be compared; otherwise says why not. */
function wasTried(record: RunRecord, view: CellView, name: string, findings: Findings): boolean {
  const { cell } = view;
  const failures = record.failures.filter((it) => it.cell === cell.id);
  const place = `${cell.kernel}, ${cell.profile}`;
  const baseFailure = failures.find((it) => it.variant === base);
  if (baseFailure !== undefined) {
    findings.missing.push(`Base (${place}): ${sentence(baseFailure.message)}`);
    return false;
  }
  const kernels = record.kernels.filter((it) => it.cell === cell.id);
  const baseKernel = kernels.find((it) => it.variant === base);
  const ownKernel = kernels.find((it) => it.variant === name);
  const failure = failures.find((it) => it.variant === name);
  if (failure !== undefined) {
    const blamed = isPatchsDoing(failure, view, baseKernel !== undefined);
    (blamed ? findings.against : findings.missing).push(`${place}: ${told(failure)}`);
    return false;
  }
  if (baseKernel === undefined || ownKernel === undefined) {
    const missing = baseKernel === undefined ? base : name;
    findings.missing.push(`${place}: the record holds no kernel of ${missing}.`);
    return false;
  }
  const files = cell.candidates.find((it) => it.name === name)?.files ?? [];
  if (baseKernel.imageHash === ownKernel.imageHash && !files.every(isOutsideKernel)) {
    findings.against.push(
      `${place}: the built kernel is the same with and without the patch, so the patch does nothing here.`,
    );
    return false;
  }
  return true;
}

/** Two tries at what base does without trouble. A kernel that booted once and then not is no clear case. */
function isPatchsDoing(failure: VariantFailure, view: CellView, baseBuilt: boolean): boolean {
  if (failure.times < 2) return false;
  if (failure.stage === 'build') return baseBuilt;
  const booted = (side: Side | undefined): boolean =>
    side?.boots.some((it) => it.release !== null) === true;
  return (
    failure.stage === 'boot' && booted(view.base) && !booted(view.candidates.get(failure.variant))
  );
}

/** Paths whose change cannot show in the built kernel. */
function isOutsideKernel(file: string): boolean {
  return file.startsWith('Documentation/') || file.startsWith('tools/testing/selftests/');
}

/** A failure with the line that says most: the compiler's, the panic, else the last. */
function told(failure: VariantFailure): string {
  const telling =
    failure.evidence.find((it) => /\berror\b:?|Kernel panic|\bBUG\b|\bOops\b/i.test(it)) ??
    failure.evidence.at(-1);
  const message = sentence(failure.message);
  return telling === undefined ? message : `${message} ${telling.trim()}`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function checkCompleteness(view: CellView, name: string, findings: Findings): void {
  for (const side of [view.base, view.candidates.get(name)]) {
    if (side === undefined || side.lost.length === 0) continue;
    const ends = new Set(side.boots.map((it) => it.end.kind).filter((it) => it !== 'complete'));
    const why = ends.size === 0 ? 'it has no attempt in the record' : [...ends].join(', ');
    findings.missing.push(
      `Nothing is known of ${list(side.lost)} on ${side.variant} (${view.cell.kernel}): ${why}.`,
    );
  }
  for (const row of view.rows) {
    // The program's own row is failing where its log cannot be trusted: on both sides nothing is left to compare.
    const bothBad = [row.outcomes[base], row.outcomes[name]].every((it) => it === 'error');
    if (bothBad && view.programs.get(row.name) === row.name) {
      findings.missing.push(`The log of ${row.name} cannot be trusted on either side.`);
    }
  }
}

function judgeAll(
  record: RunRecord,
  tried: readonly CellView[],
  name: string,
  isExcused: IsExcused,
  broken: readonly string[],
  findings: Findings,
): CandidateVerdict['expectations'] {
  const asked = record.proof?.expectations ?? [];
  if (asked.length === 0) return bareExpectations(tried, name, broken, findings);
  const judged: CandidateVerdict['expectations'] = [];
  for (const expectation of asked) {
    const answer: Answer | undefined =
      tried.length === 0
        ? { met: false, detail: 'not tried' }
        : judgeExpectation(expectation, tried, name, isExcused);
    if (answer === undefined) continue;
    judged.push({ text: expectation.text, met: answer.met, detail: answer.detail });
    if (tried.length === 0 || answer.met) continue;
    if (answer.bothFail === true) findings.missing.push(answer.undecided ?? answer.detail);
    else if (answer.undecided !== undefined) findings.open.push(answer.undecided);
    else findings.against.push(`Not met: ${sentence(expectation.text)}`);
  }
  if (judged.length === 0) {
    findings.open.push('No expectation of the proof applies to these kernels.');
  }
  return judged;
}

/** What a patch without a proof has to show. */
function bareExpectations(
  tried: readonly CellView[],
  name: string,
  broken: readonly string[],
  findings: Findings,
): CandidateVerdict['expectations'] {
  const passed = countResults(tried, name, isPass);
  // Where none passes without the patch either, nobody can tell whose fault it is.
  if (passed === 0 && countResults(tried, base, isPass) > 0) {
    findings.against.push('No test passes with the patch.');
  }
  const detail = tried.length === 0 ? 'not tried' : `${passed} passed`;
  return [
    {
      text: 'No test broke',
      met: tried.length > 0 && broken.length === 0,
      detail: tried.length === 0 ? 'not tried' : `${broken.length} broke`,
    },
    { text: 'At least one test passes', met: passed > 0, detail },
  ];
}

function checkThatTestsRan(tried: readonly CellView[], name: string, findings: Findings): void {
  const count = (wanted: (outcome: SideOutcome) => boolean): number =>
    countResults(tried, base, wanted) + countResults(tried, name, wanted);
  if (count((it) => isPass(it) || isFail(it) || it === 'flaky') === 0) {
    findings.missing.push('Not one test ran: all were skipped, or there were none.');
  } else if (count((it) => isPass(it) || it === 'flaky') === 0) {
    findings.open.push('Both sides fail: not one test passes, with or without the patch.');
  }
}

/** Results of tests alone: neither splats nor what follows from a program's silence. */
function countResults(
  views: readonly CellView[],
  variant: string,
  wanted: (outcome: SideOutcome) => boolean,
): number {
  return views.flatMap((view) =>
    view.rows.filter(
      (row) =>
        !row.name.startsWith(consolePrefix) &&
        !isProgramRow(view, row.name) &&
        wanted(row.outcomes[variant] ?? 'absent'),
    ),
  ).length;
}
