// SPDX-License-Identifier: MIT

/** A text in which a patch may stand: a mail's body, or a whole file that is no mail. */
export interface Body {
  /** How places are named: the file, with the mail's subject where its text was decoded. */
  name: string;
  /** Line number of `lines[0]` in what `name` names. */
  first: number;
  lines: readonly string[];
  /** The mail says format=flowed: a blank stands before every line that begins with one. */
  flowed: boolean;
}

/** What was done to a line of a mail to make it a line of the patch again. */
export type RepairKind = 'joined' | 'white space' | 'lost blank' | 'skipped';

export interface Repair {
  /** `file:line` */
  place: string;
  kind: RepairKind;
  /** The line as it stood in the mail, without its quote marks. */
  before: string;
  /** The line of the patch; empty for what was skipped. */
  after: string;
}

/** Something that the text does not decide. */
export interface Doubt {
  place: string;
  /**
   * `content`: what the patch does may differ; `context`: only whether it applies; `white space`:
   * only how it looks.
   */
  about: 'content' | 'context' | 'white space';
  text: string;
}

/** A line of a hunk, whole again. */
export interface HunkLine {
  mark: ' ' | '+' | '-' | '\\';
  text: string;
  /** Indices in the body that it was made of; the first is its place. */
  from: readonly number[];
  /** The target's line that it is, where the target has it. */
  target?: string;
}

/** Lines of a file of the kernel, or undefined when it has no such file. */
export type Target = (path: string) => readonly string[] | undefined;

/** `file:line` of a line of a body. */
export function placeOf(body: Body, index: number): string {
  return `${body.name}:${body.first + index}`;
}

/** A text without any white space: what a mailer does not change. */
export function bare(text: string): string {
  return text.replaceAll(/\s+/g, '');
}
