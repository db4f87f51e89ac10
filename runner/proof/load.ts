// SPDX-License-Identifier: MIT
import path from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { PatchproofError } from '../errors.ts';
import { findConflicts } from './conflicts.ts';
import { explain } from './explain.ts';
import type { Finding } from './explain.ts';
import { findMissing } from './missing.ts';
import type { Needs } from './missing.ts';
import type { DropExpectation, Proof, TestExpectation } from './model.ts';
import { proofFile } from './schema.ts';
import type { ProofFile } from './schema.ts';
import { pointAt, printable } from './source.ts';
import { joinTests, parseTarget } from './test-spec.ts';

const shownFindings = 5;

/**
 * Reads the text of a proof file. `file` is how errors call it, `folder` the absolute folder
 * that its paths are relative to; what `needs` says has to be there. Throws
 * PatchproofError `proof-file-invalid` (usage) with file:line:column, the line and a caret for
 * each finding.
 */
export function loadProof(text: string, file: string, folder: string, needs?: Needs): Proof {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fail = (findings: readonly Finding[]): never => {
    throw invalid(text, file, lines, findings);
  };
  const syntax = [...document.errors, ...document.warnings];
  if (syntax.length > 0) {
    fail(syntax.map((it) => ({ offset: it.pos[0], message: it.message.trim() })));
  }
  const parsed = proofFile.safeParse(toPlain(document, fail));
  if (!parsed.success) return fail(parsed.error.issues.flatMap((it) => explain(it, document)));
  const conflicts = findConflicts(parsed.data, document);
  if (conflicts.length > 0) fail(conflicts);
  const missing = needs === undefined ? [] : findMissing(parsed.data, document, folder, needs);
  if (missing.length > 0) fail(missing);
  return resolve(parsed.data, folder);
}

function toPlain(document: Document, fail: (findings: readonly Finding[]) => never): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return fail([{ offset: 0, message: (error as Error).message }]);
  }
}

function invalid(
  text: string,
  file: string,
  lines: LineCounter,
  findings: readonly Finding[],
): PatchproofError {
  const told = findings
    .toSorted((a, b) => Number(a.missing ?? 0) - Number(b.missing ?? 0) || a.offset - b.offset)
    .map((it) => {
      const { line, col } = lines.linePos(it.offset);
      const place = { line: Math.max(line, 1), column: Math.max(col, 1) };
      return { head: `${file}:${place.line}:${place.column}: ${printable(it.message)}`, place };
    });
  const evidence = told
    .slice(0, shownFindings)
    .flatMap((it, index) => [...(index === 0 ? [] : [it.head]), ...pointAt(text, it.place)]);
  const more = told.length - shownFindings;
  return new PatchproofError({
    kind: 'usage',
    code: 'proof-file-invalid',
    message: told[0]?.head ?? `${file}: not a proof file`,
    evidence: more > 0 ? [...evidence, `... and ${more} more`] : evidence,
    remedy: `Correct ${file} and run the same command again; runner/proof/proof.schema.json describes every key.`,
  });
}

function resolve(proof: ProofFile, folder: string): Proof {
  const absolute = <T extends { file: string }>(it: T): T => ({
    ...it,
    file: path.resolve(folder, it.file),
  });
  return {
    name: proof.name,
    title: proof.title,
    patches: proof.patches.map(absolute),
    candidates: Object.fromEntries(
      Object.entries(proof.candidates).map(([name, { patches, ...candidate }]) => [
        name,
        { ...candidate, patches: patches.map(absolute) },
      ]),
    ),
    mutants: proof.mutants.map(absolute),
    kernels: proof.kernels,
    profiles: proof.profiles,
    cpus: proof.cpus,
    memory: proof.memory,
    ...(proof.repeat === undefined ? {} : { repeat: proof.repeat }),
    image: proof.image,
    tests: joinTests(
      proof.tests.map((it) =>
        typeof it === 'string'
          ? parseTarget(it)
          : { name: it.name, folder: path.resolve(folder, it.folder) },
      ),
    ),
    expectations: [
      ...proof.expect.tests.map((it): TestExpectation => ({ kind: 'tests', ...given(it) })),
      ...proof.expect.drops.map((it): DropExpectation => ({
        kind: 'drops',
        ...(given(it) as Omit<DropExpectation, 'kind'>),
      })),
    ],
    leftOut: [],
    knownHarm: proof.knownHarm,
  };
}

/** Keys that were left out, as keys that are not there. */
function given<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, it]) => it !== undefined)) as never;
}
