// SPDX-License-Identifier: MIT
import type { OptionRow, Table, Value } from './table.ts';
import { choicesOf, takesFiles } from './words.ts';

/** Completion for fish: a file of ~/.config/fish/completions, or text to be sourced. */
export function fishCompletion(table: Table): string {
  const complete = (...words: string[]): string => `complete -c ${table.name} ${words.join(' ')}`;
  const behind = (name: string): string => `-n '__fish_seen_subcommand_from ${name}'`;
  return [
    `# Completion of ${table.name} for fish: ~/.config/fish/completions/${table.name}.fish`,
    complete('-f'),
    ...table.options.map((option) => complete("-n '__fish_use_subcommand'", optionWords(option))),
    ...table.commands.flatMap((command) => [
      complete("-n '__fish_use_subcommand'", '-a', command.name, '-d', word(command.description)),
      ...(takesFiles(command) ? [complete(behind(command.name), '-F')] : []),
      ...choicesOf(command).map((choice) => complete(behind(command.name), '-a', choice)),
      ...command.options.map((option) => complete(behind(command.name), optionWords(option))),
    ]),
    '',
  ].join('\n');
}

function optionWords({ long, short, value, description }: OptionRow): string {
  return [
    ...(short === undefined ? [] : ['-s', short.slice(1)]),
    ...['-l', long.slice(2)],
    ...valueWords(value),
    ...['-d', word(description)],
  ].join(' ');
}

function valueWords(value: Value): string[] {
  switch (value.kind) {
    case 'none':
      return [];
    case 'file':
      return ['-r', '-F'];
    case 'folder':
      return ['-x', '-a', word('(__fish_complete_directories)')];
    case 'choice':
      return ['-x', '-a', word(value.choices.join(' '))];
    case 'text':
      return ['-x'];
  }
}

function word(text: string): string {
  return `'${text.replace(/[\\']/g, String.raw`\$&`)}'`;
}
