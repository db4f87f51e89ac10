// SPDX-License-Identifier: MIT
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import type { CellRecord, RunRecord } from '../evidence/model.ts';
import { streamFile } from '../pipeline/stream.ts';
import { base } from '../proof/model.ts';
import { recordOf } from './run-folder.ts';

/** One kernel of a run. */
export interface RunCell {
  folder: string;
  record: RunRecord;
  cell: CellRecord;
  variant: string;
}

const runs = 'patchproof-runs';

/**
 * Finds what `CELL` means: a run directory or a folder in it (`cells/6.12/lean/v2`), or such a
 * name in the newest run below `patchproof-runs/`. What is not said is taken where there is one
 * choice. Throws usage `no-run-directory`, `which-cell`, `which-variant`.
 */
export async function findCell(given: string | undefined): Promise<RunCell> {
  const { folder, rest } = (await fromPath(given)) ?? {
    folder: await newestRun(),
    rest: given ?? '',
  };
  const record = await recordOf(folder);
  const name = rest.replace(/^cells\//, '').replace(/\/+$/, '');
  const cell = onlyOne(
    record.cells.filter(({ id }) => name === '' || `${name}/`.startsWith(`${id}/`)),
    record.cells.map(({ id }) => id),
    'cell',
    folder,
  );
  const variants = [base, ...cell.candidates.map((it) => it.name)];
  const [asked = ''] = name.slice(cell.id.length + 1).split('/');
  // Of one candidate and its base, the candidate is what a person wants to look at.
  const usual = variants.length === 2 ? variants.slice(1) : variants;
  const wanted = asked === '' ? usual : variants.filter((it) => it === asked);
  return { folder, record, cell, variant: onlyOne(wanted, variants, 'variant', folder) };
}

/** A path that lies in a run directory, split where that ends. */
async function fromPath(
  given: string | undefined,
): Promise<{ folder: string; rest: string } | undefined> {
  if (given === undefined || !(await exists(given))) return undefined;
  const whole = path.resolve(given);
  for (let folder = whole; ; folder = path.dirname(folder)) {
    if (await exists(streamFile(folder))) return { folder, rest: path.relative(folder, whole) };
    if (folder === path.dirname(folder)) break;
  }
  throw noRun(`${given} is no run directory, and lies in none.`);
}

async function newestRun(): Promise<string> {
  // Their names begin with the time.
  const names: string[] = await readdir(runs).catch(() => []);
  names.sort().reverse();
  for (const name of names) {
    const folder = path.resolve(runs, name);
    if (await exists(streamFile(folder))) return folder;
  }
  throw noRun(`There is no run directory below ${runs}/.`);
}

function noRun(message: string): PatchproofError {
  return new PatchproofError({
    kind: 'usage',
    code: 'no-run-directory',
    message,
    remedy: 'Name one, or a folder below its cells/: patchproof shell DIR',
  });
}

function onlyOne<T>(
  found: readonly T[],
  all: readonly string[],
  what: 'cell' | 'variant',
  folder: string,
): T {
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const run = path.relative('.', folder) || '.';
  throw new PatchproofError({
    kind: 'usage',
    code: `which-${what}`,
    message:
      found.length === 0 ? `The run ${run} has no such ${what}.` : `Which ${what} of ${run}?`,
    evidence: [...all],
    remedy:
      what === 'cell'
        ? `Name one: patchproof shell ${run}/cells/CELL`
        : 'Put its name behind the cell: CELL/VARIANT',
  });
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
