// SPDX-License-Identifier: MIT
import type { CommandRow, OptionRow, Table, Value } from './table.ts';
import { shellWord, spellings } from './words.ts';

/** Completion for zsh: a file that its compinit finds as `_patchproof`, or text to be evaluated. */
export function zshCompletion(table: Table): string {
  const specs = (options: readonly OptionRow[]): string[] => options.map(optionSpec);
  const commands = table.commands.map(({ name, description }) =>
    shellWord(`${name}:${description}`),
  );
  const arm = (command: CommandRow): string =>
    `\t\t${command.name}) _arguments -S ${[...specs(command.options), ...argumentSpecs(command)].join(' \\\n\t\t\t')} ;;`;
  return `#compdef ${table.name}
# Completion of ${table.name} for zsh: in a folder of fpath as _${table.name}, or in ~/.zshrc, after
# compinit: source <(${table.name} completion zsh)
_${table.name}() {
	local curcontext=$curcontext state line
	typeset -A opt_args
	local -a commands=(
		${commands.join('\n\t\t')}
	)
	_arguments -C ${specs(table.options).join(' ')} '1:command:->command' '*::argument:->argument'
	case $state in
	command) _describe command commands ;;
	argument)
		case $line[1] in
${table.commands.map(arm).join('\n')}
		esac
		;;
	esac
}
if [[ $funcstack[1] == _${table.name} ]]; then
	_${table.name} "$@"
else
	compdef _${table.name} ${table.name}
fi
`;
}

function optionSpec(option: OptionRow): string {
  const names = spellings(option);
  const text = `[${option.description.replace(/[\\[\]]/g, String.raw`\$&`)}]`;
  const isPlain = option.value.kind === 'none';
  // The = says that the value may stand behind one, too.
  const spec = (name: string): string =>
    isPlain ? `${name}${text}` : `${name}=${text}${valueSpec(option.value)}`;
  if (option.isRepeatable) return names.map((name) => shellWord(`*${spec(name)}`)).join(' ');
  if (names.length === 1) return names.map((name) => shellWord(spec(name))).join(' ');
  return names.map((name) => shellWord(`(${names.join(' ')})${spec(name)}`)).join(' ');
}

function argumentSpecs(command: CommandRow): string[] {
  return command.arguments.map(({ value }) => shellWord(`*${valueSpec(value)}`));
}

function valueSpec(value: Value): string {
  if (value.kind === 'none') return '';
  const name = value.name.replace(/[^A-Za-z]+/g, ' ').trim();
  switch (value.kind) {
    case 'choice':
      return `:${name}:(${value.choices.join(' ')})`;
    case 'file':
      return `:${name}:_files`;
    case 'folder':
      return `:${name}:_files -/`;
    case 'text':
      return `:${name}: `;
  }
}
