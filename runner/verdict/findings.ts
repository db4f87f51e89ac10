// SPDX-License-Identifier: MIT
import type { RunRecord, VariantFailure } from '../evidence/model.ts';
import { base } from '../proof/model.ts';
import { list } from './expectations.ts';
import type { CellView } from './rows.ts';
import type { Side } from './sides.ts';

/** Sentences by what they do to the verdict. */
export interface Findings {
  /** Evidence is missing or worthless: no verdict, whatever else was seen. */
  missing: string[];
  /** The patch's own doing: not proved. */
  against: string[];
  /** Open questions: no verdict, unless something already speaks against the patch. */
  open: string[];
}

/** What is wrong with the run as a whole. */
export function checkRecord(record: RunRecord, findings: Findings): void {
  if (record.interrupted) findings.missing.push('The run was interrupted.');
  else if (!record.finished) findings.missing.push('The record ends before the run did.');
  if (record.shard !== undefined) {
    const { index, total } = record.shard;
    findings.missing.push(
      `This is shard ${index} of ${total}; patchproof merge of all of them gives the verdict.`,
    );
  }
  findings.missing.push(...(record.shardProblems ?? []));
  if (record.proof === null) findings.missing.push('The record holds no proof.');
  for (const failure of record.failures) {
    const planned = record.cells.some((it) => it.id === failure.cell);
    if (!planned) findings.missing.push(`${failure.cell}: ${sentence(failure.message)}`);
  }
  if (record.cells.length === 0) findings.missing.push('No kernel got as far as being tried.');
}

/** True when both kernels of the cell were there to be compared; otherwise says why not. */
export function wasTried(
  record: RunRecord,
  view: CellView,
  name: string,
  findings: Findings,
): boolean {
  const { cell } = view;
  // A shard that was left without a program of this cell builds nothing.
  if (record.shard !== undefined && cell.programs.length === 0) return false;
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
export function isOutsideKernel(file: string): boolean {
  return file.startsWith('Documentation/') || file.startsWith('tools/testing/selftests/');
}

/** A failure with the line that says most: the compiler's, the panic, else the last. */
function told(failure: VariantFailure): string {
  const telling =
    failure.evidence.find((it) => /\berror\b:?|Kernel panic|\bBUG\b|\bOops\b/i.test(it)) ??
    failure.evidence.at(-1);
  const message = sentence(failure.message);
  return telling === undefined || message.includes(telling.trim())
    ? message
    : `${message} ${telling.trim()}`;
}

/** With a full stop. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Tests of which the record knows too little to compare them. */
export function checkCompleteness(view: CellView, name: string, findings: Findings): void {
  for (const side of [view.base, view.candidates.get(name)]) {
    if (side === undefined || side.lost.length === 0) continue;
    const bad = side.boots.filter((it) => it.end.kind !== 'complete');
    const ends = new Set(bad.map(({ end }) => `${end.kind} (${end.detail})`));
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
