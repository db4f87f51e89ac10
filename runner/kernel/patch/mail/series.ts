// SPDX-License-Identifier: MIT
import { PatchproofError } from '../../../errors.ts';
import type { Mail } from './decode.ts';
import type { Body } from './model.ts';
import { placeOf } from './model.ts';
import { quoteOfHeader } from './quote.ts';
import { depthsOf } from './scan.ts';

/** Where a patch stands. */
export interface Part {
  body: Body;
  depth: number;
  subject: string | null;
}

/** The patches of a text, in order. */
export interface Series {
  parts: readonly Part[];
  /** The cover letter's, else the first patch's; null where there is none. */
  subject: string | null;
  /** What a reader should know, e.g. that a mail was left out. */
  notes: readonly string[];
}

/** What was asked for beside the text. */
export interface Wanted {
  /** The file or address, for messages. */
  name: string;
  /** Quote marks before the patch, where several stand in one text. */
  depth?: number | undefined;
  /** The mail that was named: its series is meant. */
  messageId?: string | undefined;
}

/** `[PATCH net v2 1/3]` */
interface Tag {
  version: number;
  number: number | null;
  total: number | null;
}

/**
 * Finds the patches that mails bring: one patch, a series in its order, or one that a reply
 * quotes. PURE. Throws usage `not-a-patch`, `several-patches` or `incomplete-series`; nothing is
 * ever chosen where two answers are possible.
 */
export function findSeries(mails: readonly Mail[], wanted: Wanted): Series {
  const [only] = mails;
  if (mails.length === 1 && only !== undefined) return fromOne(only, wanted);
  const patches = mails.flatMap((mail) =>
    mail.isReply || tagOf(mail.subject) === null
      ? []
      : partsOf(mail, 0).map((part) => ({ mail, part })),
  );
  if (patches.length === 0) return fromReplies(mails, wanted);
  const named = mails.find(({ messageId }) => messageId !== null && messageId === wanted.messageId);
  const groups = Map.groupBy(patches, ({ mail }) => groupOf(mail.subject));
  const keys = [...groups.keys()];
  const asked = named === undefined ? undefined : groupOf(named.subject);
  const newest = Math.max(...patches.map(({ mail }) => tagOf(mail.subject)?.version ?? 1));
  const latest = keys.filter((key) => key.startsWith(`v${newest} `));
  const chosen = asked !== undefined && groups.has(asked) ? [asked] : latest;
  if (chosen.length !== 1 || chosen[0] === undefined)
    throw several(
      wanted.name,
      latest.map((key) => `${key}: ${groups.get(key)?.[0]?.mail.subject}`),
    );
  const members = inOrder(groups.get(chosen[0]) ?? [], wanted);
  const left = keys.filter((key) => key !== chosen[0]);
  const cover = mails.find(
    ({ subject, isReply }) =>
      !isReply && groupOf(subject) === chosen[0] && tagOf(subject)?.number === 0,
  );
  return {
    parts: members.map(({ part }) => part),
    subject: titleOf(cover?.subject ?? members[0]?.mail.subject ?? null),
    notes: left.map((key) => `Left out: ${key.trim()}, "${groups.get(key)?.[0]?.mail.subject}"`),
  };
}

/** A subject without its tags. */
function titleOf(subject: string | null): string | null {
  return subject?.replace(/^((re|fwd?|aw|sv)\s*:\s*)*(\[[^\]]*\]\s*)*/i, '').trim() || null;
}

function tagOf(subject: string | null): Tag | null {
  const inside = /^\s*(?:\[[^\]]*\]\s*)*?\[([^\]]*\b(?:PATCH|RFC|RFT)\b[^\]]*)\]/i.exec(
    subject ?? '',
  )?.[1];
  if (inside === undefined) return null;
  const [, number, total] = /(?:^|\s)(\d+)\/(\d+)(?:\s|$)/.exec(inside) ?? [];
  return {
    version: Number(/(?:^|[\s.])v(\d+)\b/i.exec(inside)?.[1] ?? 1),
    number: number === undefined ? null : Number(number),
    total: total === undefined ? null : Number(total),
  };
}

/** What the patches of one series have in common. */
function groupOf(subject: string | null): string {
  const tag = tagOf(subject);
  const total = tag?.total ?? null;
  return `v${tag?.version ?? 1} ${total === null ? '' : `of ${total}`}`;
}

function inOrder<T extends { mail: Mail }>(members: readonly T[], wanted: Wanted): readonly T[] {
  const total = tagOf(members[0]?.mail.subject ?? null)?.total ?? null;
  if (total === null) return members;
  const numbered = Map.groupBy(members, ({ mail }) => tagOf(mail.subject)?.number ?? 0);
  const twice = [...numbered.values()].find((same) => same.length > 1);
  if (twice !== undefined)
    throw several(
      wanted.name,
      twice.map(({ mail }) => mail.subject ?? ''),
    );
  const missing = Array.from({ length: total }, (_, index) => index + 1).filter(
    (number) => !numbered.has(number),
  );
  if (missing.length > 0)
    throw new PatchproofError({
      kind: 'usage',
      code: 'incomplete-series',
      message: `${wanted.name} does not hold the whole series.`,
      evidence: [
        `missing: ${missing.map((number) => `${number}/${total}`).join(', ')}`,
        ...members.map(({ mail }) => `found: ${mail.subject}`),
      ],
      remedy: 'Add the missing mails, or give the patch that you mean in a file of its own.',
    });
  return [...numbered.entries()].toSorted(([a], [b]) => a - b).flatMap(([, same]) => same);
}

/** The diffs of a mail at a depth. */
function partsOf(mail: Mail, depth: number): Part[] {
  return mail.bodies
    .filter((body) => depthsOf(body).includes(depth))
    .map((body) => ({ body, depth, subject: mail.subject }));
}

function fromOne(mail: Mail, wanted: Wanted): Series {
  const places = mail.bodies.flatMap((body) => depthsOf(body).map((depth) => ({ body, depth })));
  const depths = [...new Set(places.map(({ depth }) => depth))];
  const isPatch = !mail.isReply && tagOf(mail.subject) !== null && depths.includes(0);
  const depth = wanted.depth ?? (isPatch ? 0 : depths.length > 1 ? undefined : depths[0]);
  const parts = depth === undefined ? [] : partsOf(mail, depth);
  if (parts.length > 0) {
    const tag = tagOf(mail.subject);
    const ofMore = tag !== null && (tag.total ?? 1) > 1 && tag.number !== null;
    return {
      parts,
      subject: titleOf(mail.subject),
      notes: ofMore
        ? [`This is patch ${tag.number} of ${tag.total}; the others are not here.`]
        : [],
    };
  }
  if (depths.length === 0) throw noPatch(wanted.name, mail);
  if (wanted.depth !== undefined)
    throw new PatchproofError({
      kind: 'usage',
      code: 'not-a-patch',
      message: `${wanted.name} has no diff at quote depth ${wanted.depth}.`,
      evidence: places.map(shown),
      remedy: `Give --depth one of: ${depths.join(', ')}`,
    });
  throw several(wanted.name, places.map(shown));
}

function shown({ body, depth }: { body: Body; depth: number }): string {
  const index = body.lines.findIndex((line) => quoteOfHeader(line)?.depth === depth);
  return `depth ${depth}: ${placeOf(body, index)}: ${body.lines[index] ?? ''}`;
}

/** No patch of its own: one of the replies must quote it. */
function fromReplies(mails: readonly Mail[], wanted: Wanted): Series {
  const quoting = mails.filter(({ bodies }) => bodies.some((body) => depthsOf(body).length > 0));
  const named = quoting.filter(
    ({ messageId }) => messageId !== null && messageId === wanted.messageId,
  );
  const [mail, ...more] = named.length > 0 ? named : quoting;
  if (mail === undefined) throw noPatch(wanted.name, mails[0]);
  if (more.length === 0) return fromOne(mail, wanted);
  throw several(
    wanted.name,
    quoting.map(({ subject }) => subject ?? ''),
  );
}

function several(name: string, evidence: string[]): PatchproofError {
  return new PatchproofError({
    kind: 'usage',
    code: 'several-patches',
    message: `${name} holds several patches, and which one is meant cannot be told.`,
    evidence,
    remedy:
      'Give the one you mean in a file of its own; of patches quoted at several depths: patchproof patch --depth N FILE > FILE.patch',
  });
}

function noPatch(name: string, mail: Mail | undefined): PatchproofError {
  const lines = mail?.bodies.flatMap((body) => body.lines) ?? [];
  const said = lines.filter((line) => line.trim() !== '');
  if (said.length === 0 && mail?.subject === null)
    return new PatchproofError({
      kind: 'usage',
      code: 'empty-patch',
      message: `The patch ${name} is empty.`,
      remedy: 'Give --patch a file with a diff in it.',
    });
  return new PatchproofError({
    kind: 'usage',
    code: 'not-a-patch',
    message: `${name} contains no diff.`,
    evidence: said.slice(0, 3).map((line) => line.slice(0, 75)),
    remedy:
      'Give --patch a diff, a mail that brings or quotes one, or what git format-patch wrote.',
  });
}
