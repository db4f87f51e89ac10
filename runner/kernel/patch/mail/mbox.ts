// SPDX-License-Identifier: MIT

/** A message of a mailbox, or a whole text that is no mail. */
export interface RawMessage {
  /** Its bytes, one a character. */
  text: string;
  /** Line of the file on which it begins, counted from 1. */
  first: number;
  /** Header fields by lower-case name, unfolded; null for what is no mail. */
  headers: ReadonlyMap<string, string> | null;
  /** Index in `text` behind the empty line that ends the header. */
  bodyAt: number;
}

/** The line before each message of a mailbox: an address or hash, and a date. */
const separator = /^From \S+.*\d\d:\d\d(:\d\d)?.*\d{4}\s*$/;
const field = /^([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)$/;
const telling = ['from', 'subject', 'date', 'message-id', 'content-type'];

/**
 * Splits a mailbox (mboxo, mboxrd, or one bare mail) into its messages; what is none is one
 * message without a header. PURE.
 *
 * @param bytes the file, one byte a character
 */
export function splitMessages(bytes: string): RawMessage[] {
  const lines = bytes.split('\n');
  const starts = lines.flatMap((line, index) => {
    const isFree = index === 0 || lines[index - 1]?.trim() === '';
    return isFree && separator.test(line.replace(/\r$/, '')) && field.test(lines[index + 1] ?? '')
      ? [index]
      : [];
  });
  // What stands before the first separator is only kept where there is no mailbox at all.
  const cuts = starts.length > 0 ? starts : [0];
  return cuts.map((start, index) => {
    const isSeparated = separator.test((lines[start] ?? '').replace(/\r$/, ''));
    const from = isSeparated ? start + 1 : start;
    return readMessage(lines.slice(from, cuts[index + 1]), from + 1);
  });
}

function readMessage(lines: readonly string[], first: number): RawMessage {
  const text = lines.join('\n');
  const headers = new Map<string, string>();
  let name: string | undefined;
  let bodyAt = 0;
  for (const raw of lines) {
    const line = raw.replace(/\r$/, '');
    const [, key, value] = field.exec(line) ?? [];
    bodyAt += raw.length + 1;
    if (line === '') break;
    if (key !== undefined && value !== undefined) {
      name = key.toLowerCase();
      if (!headers.has(name)) headers.set(name, value);
      else name = undefined;
    } else if (/^[ \t]+\S/.test(line) && headers.size > 0) {
      if (name !== undefined) headers.set(name, `${headers.get(name)} ${line.trim()}`);
    } else return { text, first, headers: null, bodyAt: 0 };
  }
  const isMail = telling.some((key) => headers.has(key));
  return isMail ? { text, first, headers, bodyAt } : { text, first, headers: null, bodyAt: 0 };
}
