// SPDX-License-Identifier: MIT
import type { CellRecord, RunRecord, VariantFailure } from '../evidence/model.ts';
import { base } from '../proof/model.ts';
import type { Verdict } from '../verdict/model.ts';
import { diagnosticsOf, harmOf, type Harm } from './harm.ts';
import { plainLine } from './text.ts';

/** A remark at a line of a file, as a CI shows it beside the code. */
export interface Annotation {
  level: 'error' | 'warning';
  title: string;
  message: string;
  /** Relative to the checkout; absent where no line is to blame. */
  place?: Place;
}

interface Place {
  file: string;
  line: number;
}

/** GitHub shows ten of each level and step; the worst ten are enough to act on. */
const most = 10;

/** The worst ten findings, each at the line of the selftest or of the patch that it speaks of. */
export function annotationsOf(record: RunRecord, verdict: Verdict): Annotation[] {
  const names = Object.keys(verdict.candidates);
  const failures = record.failures.map((it) => failureAnnotation(record, it));
  const harm = names.flatMap((name) =>
    harmOf(record, verdict, name).map((it) => harmAnnotation(record, name, it)),
  );
  const unmet = names.flatMap((name) => verdictAnnotation(verdict, name));
  const flaky = names.flatMap((name) =>
    verdict.tests
      .filter((it) => it.change[name] === 'flaky')
      .map((it): Annotation => ({
        level: 'warning',
        title: `${name}: flaky`,
        message: plainLine(`${it.name} both passes and fails on one side`),
      })),
  );
  return [...failures, ...harm, ...unmet, ...flaky]
    .toSorted((a, b) => Number(a.level === 'warning') - Number(b.level === 'warning'))
    .slice(0, most);
}

function harmAnnotation(record: RunRecord, name: string, harm: Harm): Annotation {
  const cell = record.cells.find((it) => it.kernel === harm.kernel && it.profile === harm.profile);
  const what = harm.isSplat ? harm.test : `${harm.test}: ${harm.without} -> ${harm.withPatch}`;
  const why = harm.known ?? harm.said;
  const place =
    cell === undefined
      ? undefined
      : ((harm.isSplat ? undefined : selftestLine(record, cell, name, harm.test)) ??
        patchLine(cell, name, harm.test));
  return {
    level: harm.known === null ? 'error' : 'warning',
    title: plainLine(`${name}: ${harm.known === null ? harm.change : 'known harm'}`),
    message: plainLine(why === null ? what : `${what}: ${why}`),
    ...(place === undefined ? {} : { place }),
  };
}

function failureAnnotation(record: RunRecord, failure: VariantFailure): Annotation {
  const cell = record.cells.find((it) => it.id === failure.cell);
  const told = failure.evidence.find((it) => /\berror\b/i.test(it)) ?? failure.evidence[0] ?? '';
  const place =
    cell === undefined || failure.variant === base
      ? undefined
      : patchLine(cell, failure.variant, failure.evidence.join('\n'));
  return {
    level: 'error',
    title: plainLine(`${failure.cell}, ${failure.variant}`),
    message: plainLine(`${failure.message} ${told}`),
    ...(place === undefined ? {} : { place }),
  };
}

/** Expectations that are not met, which need not be any single test's doing. */
function verdictAnnotation(verdict: Verdict, name: string): Annotation[] {
  const candidate = verdict.candidates[name];
  if (candidate === undefined || candidate.overall === 'proved') return [];
  return candidate.expectations
    .filter((it) => !it.met)
    .map((it) => ({
      level: candidate.overall === 'no verdict' ? 'warning' : 'error',
      title: plainLine(`${name}: ${candidate.overall}`),
      message: plainLine(`${it.text} (${it.detail})`),
    }));
}

/** Where the test itself failed: kselftest_harness.h prints `frozen.c:113:test:...`. */
function selftestLine(
  record: RunRecord,
  cell: CellRecord,
  name: string,
  test: string,
): Place | undefined {
  const collection = test.split(':')[0];
  const folder = cell.collections?.find((it) => it.name === collection)?.folder;
  if (folder === undefined) return undefined;
  for (const line of diagnosticsOf(record, cell, name, test).flat()) {
    const [, file, number] = /^([\w./-]+\.[ch]):(\d+):/.exec(line) ?? [];
    if (file !== undefined && !file.startsWith('/') && !file.includes('..'))
      return { file: `${folder}/${file}`, line: Number(number) };
  }
  return undefined;
}

/** The line of a file of the patch that a text names, else the first one that the patch changes. */
function patchLine(cell: CellRecord, name: string, text: string): Place | undefined {
  const candidate = cell.candidates.find((it) => it.name === name);
  if (candidate === undefined) return undefined;
  for (const [, file = '', number] of text.matchAll(/([\w./-]+\.[chS]):(\d+)/g)) {
    if (candidate.files.includes(file)) return { file, line: Number(number) };
  }
  return firstChange(candidate.text ?? '');
}

/** The new file's line number of the first `+` or `-`. */
function firstChange(text: string): Place | undefined {
  let file: string | undefined;
  let line: number | undefined;
  for (const it of text.split('\n')) {
    const [, name] = /^\+\+\+ b\/(\S+)/.exec(it) ?? [];
    const [, start] = /^@@ -\d+(?:,\d+)? \+(\d+)/.exec(it) ?? [];
    if (name !== undefined) file = name;
    else if (start !== undefined) line = Number(start);
    else if (file !== undefined && line !== undefined) {
      if (/^[+-]/.test(it)) return { file, line };
      line++;
    }
  }
  return undefined;
}
