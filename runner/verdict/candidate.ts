// SPDX-License-Identifier: MIT
import type { RunRecord } from '../evidence/model.ts';
import { base } from '../proof/model.ts';
import { matchesGlob } from '../proof/glob.ts';
import { harmful, isFail, isPass } from './compare.ts';
import type { SideOutcome } from './compare.ts';
import { judgeExpectation, list } from './expectations.ts';
import type { Answer, IsExcused } from './expectations.ts';
import { checkCompleteness, checkRecord, sentence, wasTried } from './findings.ts';
import type { Findings } from './findings.ts';
import type { CandidateVerdict } from './model.ts';
import { consolePrefix, isProgramRow, partOf } from './rows.ts';
import type { CellView } from './rows.ts';

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
  const own = views.filter((it) => it.candidates.has(name)).map((it) => partOf(it, name));
  const tried = own.filter((view) => wasTried(record, view, name, findings));
  for (const view of tried) checkCompleteness(view, name, findings);

  // Ready-made patches differ from series to series, and so do their hashes.
  const harmOf = (view: CellView, test: string): string | undefined => {
    const own = view.cell.candidates.find((it) => it.name === name);
    // The same change, as it was given and as it fits this kernel.
    const hashes = [own?.hash, own?.givenHash];
    const known = record.proof?.knownHarm ?? [];
    return known.find(
      (it) => [it.patch].flat().some((one) => hashes.includes(one)) && matchesGlob(it.match, test),
    )?.reason;
  };

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
  const { expectations, leftOut } = judgeAll(record, tried, name, isExcused, broken, findings);
  if (tried.length > 0) checkThatTestsRan(tried, name, findings);

  const overall =
    findings.missing.length > 0
      ? 'no verdict'
      : findings.against.length > 0
        ? 'not proved'
        : findings.open.length > 0
          ? 'no verdict'
          : 'proved';
  const good =
    overall === 'proved'
      ? [summary(expectations.length, fixed, knownHarm.length, leftOut.length)]
      : [];
  return {
    overall,
    // What speaks against the patch in a run that went wrong is no reason for anything.
    reasons: [
      ...(findings.missing.length > 0
        ? findings.missing
        : [...good, ...findings.against, ...findings.open, ...record.stopped]),
      ...standIns(own, name),
    ],
    expectations,
    leftOut,
    knownHarm,
  };
}

/** Where the verdict is not about the patch that was given. */
function standIns(views: readonly CellView[], name: string): string[] {
  return views.flatMap(({ cell }) =>
    cell.candidates.flatMap((it) =>
      it.name === name && it.insteadOf !== undefined
        ? [`On ${cell.kernel} the ready-made ${it.patch} was run in place of ${it.insteadOf}.`]
        : [],
    ),
  );
}

function summary(expectations: number, fixed: number, harmed: number, leftOut: number): string {
  const tests = (n: number): string => (n === 1 ? '1 test' : `${n} tests`);
  const gain = fixed === 0 ? 'nothing was fixed' : `${tests(fixed)} fixed`;
  const loss = harmed === 0 ? 'nothing broke' : `${tests(harmed)} broken as known harm`;
  const asked = expectations === 1 ? 'The expectation is' : `All ${expectations} expectations are`;
  const left = leftOut === 0 ? '' : ` ${leftOut} more ${leftOut === 1 ? 'was' : 'were'} left out.`;
  return `${asked} met, ${gain}, ${loss}.${left}`;
}

function judgeAll(
  record: RunRecord,
  tried: readonly CellView[],
  name: string,
  isExcused: IsExcused,
  broken: readonly string[],
  findings: Findings,
): Pick<CandidateVerdict, 'expectations' | 'leftOut'> {
  const asked = record.proof?.expectations ?? [];
  const leftOut = [...(record.proof?.leftOut ?? [])];
  if (asked.length === 0)
    return { expectations: bareExpectations(tried, name, broken, findings), leftOut };
  const judged: CandidateVerdict['expectations'] = [];
  for (const expectation of asked) {
    const { only, except } = expectation;
    if (only?.includes(name) === false || except?.includes(name) === true) continue;
    const answer: Answer | undefined =
      tried.length === 0
        ? { met: false, detail: 'not tried' }
        : judgeExpectation(expectation, tried, name, isExcused);
    if (answer === undefined) continue;
    if (answer.leftOut === true) {
      leftOut.push(expectation.text);
      continue;
    }
    judged.push({ text: expectation.text, met: answer.met, detail: answer.detail });
    if (tried.length === 0 || answer.met) continue;
    if (answer.bothFail === true) findings.missing.push(answer.undecided ?? answer.detail);
    else if (answer.undecided !== undefined) findings.open.push(answer.undecided);
    else findings.against.push(`Not met: ${sentence(expectation.text)}`);
  }
  if (judged.length === 0) {
    findings.open.push(
      leftOut.length > 0
        ? 'The tests that were selected are part of no expectation of the proof.'
        : 'No expectation of the proof applies to this candidate on these kernels.',
    );
  }
  return { expectations: judged, leftOut };
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
