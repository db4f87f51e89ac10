// SPDX-License-Identifier: MIT
import { tmpdir } from 'node:os';
import { PatchproofError } from '../../errors.ts';
import type { StageContext } from '../../events.ts';
import { DownloadFailed, fetchBytes } from '../source/download.ts';
import { command } from '../stage.ts';

/** A mail on an archive, or a file on the web. */
export interface Thread {
  /** Undefined for an address that names no mail. */
  messageId: string | undefined;
  /** Where it is fetched from without b4. */
  url: string;
  /** b4 knows where to look: kernel.org's own archive, and none of the person's. */
  isLore: boolean;
}

/** Addresses that stand for a message-id at lore.kernel.org. */
const loreHosts = ['lore.kernel.org', 'patch.msgid.link', 'lkml.kernel.org'];
const publicArchive = 'https://lore.kernel.org/all';

/**
 * Understands a message-id, with or without its angle brackets, and addresses on the web. The
 * archive is `PATCHPROOF_LORE_URL`, by default lore.kernel.org with all its lists.
 */
export function threadOf(given: string): Thread | undefined {
  const own = process.env['PATCHPROOF_LORE_URL'];
  const archive = (own === undefined || own === '' ? publicArchive : own).replace(/\/+$/, '');
  const mailAt = (messageId: string, base: string): Thread => ({
    messageId,
    url: `${base}/${encodeURIComponent(messageId).replaceAll('%40', '@')}/t.mbox.gz`,
    isLore: base === publicArchive,
  });
  const bareId = /^<?([^<>\s@/{}]+@[^<>\s@/{}]+)>?$/.exec(given)?.[1];
  if (bareId !== undefined) return mailAt(bareId, archive);
  if (!/^https?:\/\//.test(given) || !URL.canParse(given)) return undefined;
  const url = new URL(given);
  const parts = url.pathname.split('/').filter((part) => part !== '');
  const at = parts.findIndex((part) => /^.+(@|%40).+$/i.test(part));
  const id = parts[at];
  if (id === undefined) return { messageId: undefined, url: given, isLore: false };
  const base = loreHosts.includes(url.hostname)
    ? archive
    : [url.origin, ...parts.slice(0, at)].join('/');
  return mailAt(decodeURIComponent(id), base);
}

/**
 * Fetches the thread of a mail as a mailbox: through b4 where it is installed, else from the
 * archive itself. Throws usage `no-such-message`, infrastructure `no-network` or `b4-failed`.
 */
export async function fetchThread(thread: Thread, context: StageContext): Promise<Buffer> {
  const { messageId, url, isLore } = thread;
  if (isLore && messageId !== undefined && (await hasB4(context)))
    return throughB4(messageId, context);
  try {
    return await fetchBytes(url, context.signal);
  } catch (error) {
    if (!(error instanceof DownloadFailed)) throw error;
    const isThere = error.status !== null;
    throw new PatchproofError({
      kind: isThere ? 'usage' : 'infrastructure',
      code: isThere ? 'no-such-message' : 'no-network',
      message: isThere
        ? `The archive has no ${messageId ?? url}.`
        : `The archive cannot be reached to get ${messageId ?? url}.`,
      evidence: [error.message],
      remedy:
        'Check the message-id, or save the mail and give the file: --patch FILE. PATCHPROOF_LORE_URL names another archive.',
      cause: error,
    });
  }
}

async function hasB4(context: StageContext): Promise<boolean> {
  return (await command(context, 'sh', ['-c', 'command -v b4'])).exitCode === 0;
}

/** b4 picks the patches of the thread, checks their signatures and writes them in order. */
async function throughB4(messageId: string, context: StageContext): Promise<Buffer> {
  const words = ['-n', '--no-stdin', 'am', '--no-add-trailers', '-o', '-', messageId];
  // Not in a folder whose git settings could change what b4 does.
  const done = await command(context, 'b4', words, { cwd: tmpdir() });
  if (done.exitCode === 0 && done.stdout.trim() !== '') return Buffer.from(done.stdout, 'utf8');
  throw new PatchproofError({
    kind: 'infrastructure',
    code: 'b4-failed',
    message: `b4 could not get ${messageId}.`,
    evidence: done.tail.slice(-5),
    remedy:
      'Check the message-id and the network, or save the mail and give the file: --patch FILE',
  });
}
