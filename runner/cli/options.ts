// SPDX-License-Identifier: MIT
import { InvalidArgumentError, Option } from 'commander';
import { imageNames } from '../proof/model.ts';
import { parseShard, type Shard } from '../proof/shard.ts';
import { fromEnvironment } from './environment.ts';

/** Gathers the values of an option that may be repeated. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** `--kernel`. */
export function kernels(description: string): Option {
  return fromEnvironment(
    new Option('--kernel <spec>', description).argParser(collect),
    'PATCHPROOF_KERNEL',
  );
}

/** `--profile`. */
export function profiles(description: string): Option {
  return fromEnvironment(
    new Option('--profile <name>', description).argParser(collect),
    'PATCHPROOF_PROFILE',
  );
}

/** `--image`. */
export function image(): Option {
  return new Option(
    '--image <name>',
    "the guest's root: small and its own, the host's files, or a fresh Debian",
  ).choices(imageNames);
}

/** A number that PATCHPROOF_NAME may give as well. */
export function number(
  flag: string,
  description: string,
  limits: { least: number; most: number },
): Option {
  const option = new Option(flag, description).argParser(wholeNumber(limits.least, limits.most));
  return fromEnvironment(option, `PATCHPROOF_${option.attributeName().toUpperCase()}`);
}

/** One of several forms of the same result. */
export function format(flag: string, description: string): Option {
  return new Option(flag, description).conflicts(
    ['--json', '--tap', '--junit'].filter((it) => it !== flag).map((it) => it.slice(2)),
  );
}

/** Reads `--shard`. */
export function shard(text: string): Shard {
  const found = parseShard(text);
  if (found === undefined)
    throw new InvalidArgumentError('Give a part and the number of parts: 2/4.');
  return found;
}

/** Reads a number. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < least || number > most) {
      throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
    }
    return number;
  };
}
