// SPDX-License-Identifier: MIT
import type { Verdict } from '../verdict/model.ts';
import type { Reporter } from './reporter.ts';
import { plainLine } from './text.ts';

type Outcome = Verdict['tests'][number]['outcomes'][string];

const good: Readonly<Record<Outcome, { ok: boolean; directive: string }>> = {
  pass: { ok: true, directive: '' },
  fail: { ok: false, directive: '' },
  skip: { ok: true, directive: ' # SKIP' },
  xfail: { ok: false, directive: ' # TODO expected to fail' },
  xpass: { ok: true, directive: ' # TODO passes against expectation' },
  timeout: { ok: false, directive: '' },
  error: { ok: false, directive: '' },
  crashed: { ok: false, directive: '' },
  flaky: { ok: false, directive: '' },
  notRun: { ok: false, directive: '' },
  absent: { ok: true, directive: ' # SKIP not on this side' },
};

/**
 * TAP 14: one test point for each candidate's verdict, with its expectations below, then one for
 * each side of each cell with its tests. A base that fails as it should is `not ok` here: this is
 * what was measured; what it means is in the verdict's points.
 */
export const tap: Reporter = {
  name: 'tap',
  file: 'results.tap',
  render(_record, verdict) {
    const points = [
      ...verdictPoints(verdict),
      ...mutantPoints(verdict.mutants),
      ...sidePoints(verdict),
    ];
    const lines = ['TAP version 14', `1..${points.length}`];
    points.forEach(({ name, ok, children }, index) => {
      lines.push(`# Subtest: ${escape(name)}`);
      const plan = `1..${children.filter((it) => !it.startsWith('#')).length}`;
      lines.push(...[plan, ...children].map((it) => `    ${it}`));
      lines.push(`${ok ? 'ok' : 'not ok'} ${index + 1} - ${escape(name)}`);
    });
    if (verdict.overall === 'no verdict') lines.push('Bail out! no verdict');
    return `${lines.join('\n')}\n`;
  },
};

interface Point {
  name: string;
  ok: boolean;
  children: string[];
}

function verdictPoints(verdict: Verdict): Point[] {
  return Object.entries(verdict.candidates).map(([name, candidate]) => ({
    name: `verdict of ${name}: ${candidate.overall}`,
    ok: candidate.overall === 'proved',
    children: candidate.expectations.map(
      (it, index) => `${it.met ? 'ok' : 'not ok'} ${index + 1} - ${escape(it.text)}`,
    ),
  }));
}

function mutantPoints(mutants: Verdict['mutants'] = []): Point[] {
  if (mutants.length === 0) return [];
  const children = mutants.map(({ name, kernel, state, detail }, index) => {
    const where = kernel === null ? name : `${name} on ${kernel}`;
    const ok = state === 'killed' ? 'ok' : 'not ok';
    return `${ok} ${index + 1} - ${escape(`${where}: ${state}, ${detail}`)}`;
  });
  const ok = mutants.every(({ state }) => state === 'killed');
  return [{ name: 'mutants are told from the patch', ok, children }];
}

function sidePoints(verdict: Verdict): Point[] {
  const sides = new Map<string, Point>();
  for (const test of verdict.tests) {
    for (const [variant, outcome] of Object.entries(test.outcomes)) {
      const name = `${test.kernel} ${test.profile} ${variant}`;
      const side = sides.get(name) ?? { name, ok: true, children: [] };
      sides.set(name, side);
      const { ok, directive } = good[outcome];
      const number = side.children.filter((it) => !it.startsWith('#')).length + 1;
      // The word is lost in ok and not ok; as a comment line it stays.
      side.children.push(`${ok ? 'ok' : 'not ok'} ${number} - ${escape(test.name)}${directive}`);
      if (!ok && outcome !== 'fail') side.children.push(`# ${outcome}`);
      side.ok &&= ok || outcome === 'xfail';
    }
  }
  return [...sides.values()];
}

/** TAP 14, "Escaping": a description may hold neither a bare # nor a backslash. */
function escape(text: string): string {
  return plainLine(text).replaceAll('\\', '\\\\').replaceAll('#', '\\#');
}
