// SPDX-License-Identifier: MIT
import { bisectCodes, exitCodes } from '../../errors.ts';
import type { CommandRow, OptionRow, Table, Value } from './table.ts';

const codes: readonly [number, string][] = [
  [exitCodes.proved, 'proved; a shard did all its work'],
  [exitCodes.notProved, 'not proved'],
  [exitCodes.usage, 'wrong usage, an error in the proof file, an empty patch'],
  [exitCodes.noVerdict, 'no verdict: something other than the patch decided'],
  [exitCodes.interrupted, 'interrupted'],
];

const bisectAnswers: readonly [number, string][] = [
  [bisectCodes.good, 'good'],
  [bisectCodes.bad, 'bad'],
  [bisectCodes.skip, 'this commit does not build, boot, take the patch, or tell'],
  [bisectCodes.stop, 'wrong usage, or a host that is not fit: the bisection ends'],
];

const environment: readonly [string, string][] = [
  ['PATCHPROOF_CACHE_DIR', 'Where kernels, sources and compiled objects are kept.'],
  ['XDG_CACHE_HOME', 'Holds the cache, unless the former is set.'],
  ['PATCHPROOF_ACCEL', 'kvm or tcg, instead of the faster one.'],
  ['PATCHPROOF_LORE_URL', 'The mail archive that a message-id is looked for in.'],
  ['PATCHPROOF_BUSYBOX', "A static busybox for the guests, instead of the host's or Debian's."],
  ['NO_COLOR', 'No colours on a terminal.'],
  ['CI', 'Missing packages are installed without asking.'],
];

const examples: readonly [string, string][] = [
  ['run --patch fix.patch --kernel 6.12', 'What does this patch change in the TCP repair proof?'],
  ['run my-proof/ --repeat 20', 'A proof of your own, twenty attempts of everything.'],
  ['patch --check --kernel 6.12 reply.eml', 'Does the patch that a mail quotes apply?'],
];

/** The manual page, of section 1, in the man(7) macros. */
export function manPage(table: Table): string {
  return [
    `.\\" Written by ${table.name} man.`,
    `.TH ${table.name.toUpperCase()} 1 "" "${table.name} ${table.version}" "User Commands"`,
    '.SH NAME',
    `${table.name} \\- prove what a Linux kernel patch changes`,
    '.SH SYNOPSIS',
    `.B ${table.name}`,
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    text(
      'Builds a Linux kernel without and with a patch, boots both in virtual machines, runs the same kselftests on both, counts why packets were dropped, and says what the patch changed. Standard output carries the result, standard error the progress.',
    ),
    '.SH OPTIONS',
    ...table.options.flatMap(optionLines),
    '.SH COMMANDS',
    ...table.commands.flatMap((command) => commandLines(table.name, command)),
    '.SH EXIT STATUS',
    ...codes.flatMap(([code, text]) => item(String(code), text)),
    '.PP',
    'Of',
    `.BR "${table.name} bisect" :`,
    ...bisectAnswers.flatMap(([code, text]) => item(String(code), text)),
    '.SH ENVIRONMENT',
    ...environment.flatMap(([name, text]) => item(name, text)),
    '.SH EXAMPLES',
    ...examples.flatMap(([words, text]) => item(`${table.name} ${words}`, text)),
    ...item(
      `git bisect run ${table.name} bisect \\-\\-test 'tcp_repair:frozen/*'`,
      'Which commit broke these tests?',
      true,
    ),
    '.SH SEE ALSO',
    '.BR git\\-bisect (1),',
    '.BR vng (1),',
    '.BR qemu\\-system\\-x86_64 (1)',
    '',
  ].join('\n');
}

function commandLines(program: string, command: CommandRow): string[] {
  return [
    `.SS "${escape(`${program} ${command.name} ${command.usage}`)}"`,
    text(sentence(command.description)),
    ...command.arguments.flatMap(({ value, description }) =>
      description === '' ? [] : item(nameOf(value), sentence(description)),
    ),
    ...command.options.filter(({ long }) => long !== '--help').flatMap(optionLines),
  ];
}

function optionLines({ flags, description, variable }: OptionRow): string[] {
  const said = sentence(description);
  return item(flags, variable === undefined ? said : `${said} In the environment: ${variable}.`);
}

/** A term and what it means; `isEscaped` when the term is roff already. */
function item(term: string, meaning: string, isEscaped = false): string[] {
  return ['.TP', `.B ${isEscaped ? term : escape(term)}`, text(meaning)];
}

function nameOf(value: Value): string {
  return value.kind === 'none' ? '' : value.name;
}

function sentence(words: string): string {
  const begun = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** Each sentence on lines of its own, as roff wants it, and none that begins like a request. */
function text(words: string): string {
  return escape(words)
    .split(/(?<=[.?!:]) (?=[A-Z])/)
    .flatMap((sentence) => sentence.match(/\S.{0,77}(?=\s|$)|\S+/g) ?? [])
    .map((line) => (/^[.']/.test(line) ? `\\&${line}` : line))
    .join('\n');
}

function escape(words: string): string {
  return words.replace(/[\\"-]/g, (it) => ({ '\\': '\\e', '"': '\\(dq', '-': '\\-' })[it] ?? it);
}
