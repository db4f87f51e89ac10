// SPDX-License-Identifier: MIT
import type { Argument, Command, Option } from 'commander';

/** What can stand in the place of a value. */
export type Value =
  | { kind: 'none' }
  | { kind: 'file' | 'folder' | 'text'; name: string }
  | { kind: 'choice'; name: string; choices: readonly string[] };

/** An option as completions and the man page tell it. */
export interface OptionRow {
  /** `--kernel`, with its dashes. */
  long: string;
  /** `-h`, where there is one. */
  short: string | undefined;
  /** As `--help` shows it: `--kernel <spec>`. */
  flags: string;
  value: Value;
  /** By the function of the command table that gathers its values. */
  isRepeatable: boolean;
  description: string;
  /** The variable that stands for it where it is not given. */
  variable: string | undefined;
}

/** A command with everything that can stand behind it. */
export interface CommandRow {
  name: string;
  /** What follows the name. */
  usage: string;
  description: string;
  arguments: readonly { value: Value; description: string }[];
  options: readonly OptionRow[];
}

/** The command table of a program, read from what parses it, so that no other text can differ from it. */
export interface Table {
  name: string;
  description: string;
  version: string;
  options: readonly OptionRow[];
  commands: readonly CommandRow[];
}

/** Reads the table from the program. */
export function tableOf(root: Command): Table {
  const help = root.createHelp();
  help.sortSubcommands = true;
  return {
    name: root.name(),
    description: root.description(),
    version: root.version() ?? '',
    options: help.visibleOptions(root).map(optionRow),
    commands: help
      .visibleCommands(root)
      .filter((command) => command.name() !== 'help')
      .map((command) => ({
        name: command.name(),
        usage: command.usage(),
        description: command.description(),
        arguments: command.registeredArguments.map((argument) => ({
          value: valueOf(argument.name(), argument.argChoices),
          description: argument.description,
        })),
        options: help.visibleOptions(command).map(optionRow),
      })),
  };
}

function optionRow(option: Option): OptionRow {
  const takesValue = option.required || option.optional;
  const name = /[<[](.+)[>\]]$/.exec(option.flags)?.[1] ?? '';
  return {
    long: option.long ?? '',
    short: option.short,
    flags: option.flags,
    value: takesValue ? valueOf(name, option.argChoices) : { kind: 'none' },
    isRepeatable: option.parseArg?.name === 'collect',
    description: option.description,
    variable: option.envVar,
  };
}

/** Placeholders that stand for something on the disk, as the table words them. */
const files = /^(file|patch|\[name=\](patch|file)|spec|args|proof)$/;
const folders = /^dirs?$/;

function valueOf(name: string, choices: Argument['argChoices']): Value {
  if (choices !== undefined) return { kind: 'choice', name, choices };
  return { kind: folders.test(name) ? 'folder' : files.test(name) ? 'file' : 'text', name };
}
