// SPDX-License-Identifier: MIT
import { plainText } from './text.ts';

/** A piece of HTML that is known to be safe. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: texts are escaped, null is nothing. */
export type Part = Markup | string | number | null | readonly Part[];

/** The only way to make HTML here: whatever is put in is text unless it was made by this, too. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(String.raw({ raw: strings }, ...parts.map(render)));
}

/** Nothing, for a part that has nothing to say. */
export const nothing = new Markup('');

/** A heading of a level that depends on what stands above it. */
export function heading(level: 3 | 4, content: Markup): Markup {
  return new Markup(`<h${level}>${content.text}</h${level}>`);
}

function render(part: Part): string {
  if (part === null) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(render).join('');
  return escape(String(part));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return plainText(text).replace(/[&<>"']/g, (it) => entities[it] ?? it);
}

/** A word as part of an id or a class. */
export function slug(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]+/g, '-');
}
