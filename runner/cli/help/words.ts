// SPDX-License-Identifier: MIT
import type { CommandRow, OptionRow, Table, Value } from './table.ts';

/** Every spelling of an option. */
export function spellings({ long, short }: OptionRow): string[] {
  return short === undefined ? [long] : [short, long];
}

/** `command:--option` of every option whose value is of a kind. */
export function optionsWith(table: Table, kind: Value['kind']): string[] {
  return table.commands.flatMap(({ name, options }) =>
    options
      .filter(({ value }) => value.kind === kind)
      .flatMap(spellings)
      .map((option) => `${name}:${option}`),
  );
}

/** The words that an argument of a command can only be. */
export function choicesOf(command: CommandRow): string[] {
  return command.arguments.flatMap(({ value }) => (value.kind === 'choice' ? value.choices : []));
}

/** Whether an argument of a command can be something on the disk. */
export function takesFiles(command: CommandRow): boolean {
  return command.arguments.some(({ value }) => value.kind === 'file' || value.kind === 'folder');
}

/** A text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
