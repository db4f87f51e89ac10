// SPDX-License-Identifier: MIT
import { Option, type Command } from 'commander';

/** Values of these variables are lists between blanks, as their options may be repeated. */
const lists: ReadonlySet<string> = new Set(['kernel', 'profile']);

/** Options of a command, by the variable that stands in for each. */
export type Sources = Readonly<Record<string, string>>;

/** An option that a variable may give as well: what the command line says wins, an empty one says nothing. */
export function fromEnvironment(option: Option, variable: string): Option {
  // Commander would take an empty variable for a value; CI systems set them so.
  if (process.env[variable] === '') delete process.env[variable];
  return option.env(variable);
}

/** Cuts the lists that variables gave. */
export function splitLists(command: Command): void {
  for (const option of command.options) {
    const name = option.attributeName();
    if (!lists.has(name) || command.getOptionValueSource(name) !== 'env') continue;
    const given = command.getOptionValue(name) as readonly string[];
    const values = given.flatMap((text) => text.split(/\s+/)).filter((text) => text !== '');
    command.setOptionValueWithSource(name, values.length === 0 ? undefined : values, 'env');
  }
}

/** Which options of a command were given by a variable. */
export function sourcesOf(command: Command): Sources {
  return Object.fromEntries(
    command.options
      .filter((it) => command.getOptionValueSource(it.attributeName()) === 'env')
      .map((it) => [it.attributeName(), it.envVar ?? '']),
  );
}
