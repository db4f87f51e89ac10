// SPDX-License-Identifier: MIT
import type { Patch } from '../model.ts';
import { decodeMessage } from './mail/decode.ts';
import { applyHunks } from './mail/locate.ts';
import { splitMessages } from './mail/mbox.ts';
import type { Doubt, Repair, Target } from './mail/model.ts';
import { readDiff } from './mail/reading.ts';
import { findSeries } from './mail/series.ts';
import type { Series, Wanted } from './mail/series.ts';
import { parseDiff, parsePatch } from './parse.ts';

/** Texts that together are one patch or series, e.g. the files of a quilt folder. */
export interface GivenText extends Wanted {
  bytes: Buffer;
}

/**
 * Makes a patch of what people have: a diff, a mail, a mailbox, a quoted reply, or several such
 * texts in order. PURE. Throws the usage errors of findSeries, readDiff and parsePatch.
 *
 * @param name how reports call the patch
 * @param file the absolute path it was read from, if it was one file
 */
export async function extractPatch(
  texts: readonly GivenText[],
  name: string,
  file?: string,
): Promise<Patch> {
  const series: Series[] = [];
  for (const { bytes, ...wanted } of texts) {
    const messages = splitMessages(bytes.toString('latin1'));
    const mails = await Promise.all(messages.map((raw) => decodeMessage(raw, wanted.name)));
    series.push(findSeries(mails, wanted));
  }
  const whole: Series = {
    parts: series.flatMap(({ parts }) => parts),
    subject: series.find(({ subject }) => subject !== null)?.subject ?? null,
    notes: texts.length > 1 ? [] : series.flatMap(({ notes }) => notes),
  };
  return patchOf(whole, name, file);
}

/** The patch as the target's lines restore it; without a target, as the text alone does. */
function patchOf(series: Series, name: string, file?: string, target?: Target): Patch {
  const repairs: Repair[] = [];
  const doubts: Doubt[] = [];
  const texts: string[] = [];
  const changed = new Map<string, readonly string[] | undefined>();
  const current: Target = (path) => (changed.has(path) ? changed.get(path) : target?.(path));
  for (const { body, depth } of series.parts) {
    const read = readDiff(body, depth, current);
    texts.push(read.text);
    repairs.push(...read.repairs);
    doubts.push(...read.doubts);
    if (target !== undefined) follow(read.text, name, current, changed);
  }
  const patch = parsePatch(texts.join(''), name, file);
  const count = series.parts.length;
  const subject = series.subject ?? name;
  return {
    ...patch,
    subject: count > 1 ? `${subject} (${count} patches)` : subject,
    repairs,
    doubts,
    notes: series.notes,
    fit: (lines) => patchOf(series, name, file, lines),
  };
}

/** Keeps what the files become: a later patch of the series is made for that. */
function follow(
  text: string,
  name: string,
  current: Target,
  changed: Map<string, readonly string[] | undefined>,
): void {
  const byFile = Map.groupBy(parseDiff(text, name).hunks, ({ path }) => path);
  for (const [path, hunks] of byFile) {
    const next = applyHunks(current(path) ?? [''], hunks);
    if (next !== undefined) changed.set(path, next);
  }
}
