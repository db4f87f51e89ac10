// SPDX-License-Identifier: MIT
import PostalMime, { decodeWords } from 'postal-mime';
import { PatchproofError } from '../../../errors.ts';
import type { RawMessage } from './mbox.ts';
import type { Body } from './model.ts';
import { quoteOfHeader } from './quote.ts';

/** A mail with its texts decoded. */
export interface Mail {
  /** Null for a text that is no mail. */
  subject: string | null;
  /** Without its angle brackets. */
  messageId: string | null;
  isReply: boolean;
  /** The text, then attached texts. */
  bodies: readonly Body[];
}

/**
 * Decodes a message: quoted-printable, base64, charsets, MIME parts and CRLF. A plain mail keeps
 * the file's own line numbers. PURE. Throws usage `not-a-patch` for bytes that are no UTF-8.
 *
 * @param name how places are named, usually the file
 */
export async function decodeMessage(raw: RawMessage, name: string): Promise<Mail> {
  const { headers } = raw;
  if (headers === null)
    return {
      subject: null,
      messageId: null,
      isReply: false,
      bodies: [bodyOf(utf8(raw.text, name), name, raw.first, false)],
    };
  const subject = decodeWords(headers.get('subject') ?? '').trim();
  const type = headers.get('content-type') ?? '';
  const encoding = headers.get('content-transfer-encoding') ?? '';
  const head = {
    subject,
    messageId: /<([^>]+)>/.exec(headers.get('message-id') ?? '')?.[1] ?? null,
    isReply: /^(re|aw|sv|antw|fwd?)\s*:/i.test(subject),
  };
  const isPlain =
    /^(7bit|8bit|binary|)$/i.test(encoding.trim()) &&
    /^(text\/(plain|x-patch|x-diff)|$)/i.test(type.trim()) &&
    /^("?(utf-?8|us-ascii)"?|)$/i.test(/charset\s*=\s*([^;\s]+)/i.exec(type)?.[1] ?? '');
  if (isPlain) {
    const first = raw.first + raw.text.slice(0, raw.bodyAt).split('\n').length - 1;
    const text = utf8(raw.text.slice(raw.bodyAt), name);
    return { ...head, bodies: [bodyOf(text, name, first, isFlowed(type))] };
  }
  // The library joins flowed lines without looking at quote marks; here they are joined by the hunk.
  const flowed = /^(content-type:(?:[^\n]|\n[ \t])*?[;\s])format(\s*=\s*"?flowed)/gim;
  const kept = raw.text.replaceAll(flowed, '$1x-format$2');
  const email = await PostalMime.parse(Buffer.from(kept, 'latin1'), { maxNestingDepth: 32 });
  const label = `${name} ("${subject}", decoded)`;
  const bodies = [bodyOf(email.text ?? '', label, 1, kept !== raw.text)];
  for (const part of email.attachments) {
    const isText =
      part.mimeType.startsWith('text/') || /\.(patch|diff|txt)$/i.test(part.filename ?? '');
    if (!isText || typeof part.content === 'string') continue;
    const called = `${name} (${part.filename ?? 'an attachment'})`;
    bodies.push(
      bodyOf(
        utf8(Buffer.from(part.content as ArrayBuffer).toString('latin1'), called),
        called,
        1,
        false,
      ),
    );
  }
  return { ...head, bodies };
}

function isFlowed(type: string): boolean {
  return /;\s*format\s*=\s*"?flowed/i.test(type);
}

/** Only UTF-8: another encoding would be changed on its way to git apply. */
function utf8(bytes: string, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch (error) {
    throw new PatchproofError({
      kind: 'usage',
      code: 'not-a-patch',
      message: `${name} is not UTF-8 text.`,
      remedy: 'Give --patch what git diff or git format-patch wrote.',
      cause: error,
    });
  }
}

/** Lines of a text. Where the headers of its diff end in CR, a mailer put one behind every line. */
function bodyOf(text: string, name: string, first: number, flowed: boolean): Body {
  const lines = text.split('\n');
  const isCrlf = lines.some((line) => line.endsWith('\r') && quoteOfHeader(line) !== undefined);
  return {
    name,
    first,
    lines: isCrlf ? lines.map((line) => line.replace(/\r$/, '')) : lines,
    flowed,
  };
}
