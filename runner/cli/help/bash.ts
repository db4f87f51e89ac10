// SPDX-License-Identifier: MIT
import type { Table } from './table.ts';
import { choicesOf, optionsWith, shellWord, spellings, takesFiles } from './words.ts';

/**
 * Completion for bash, which needs no bash-completion package. Where nothing is said file names are
 * completed, which also serves `NAME=FILE`.
 */
export function bashCompletion(table: Table): string {
  const arm = (name: string, options: string[], words: string[], files: boolean): string =>
    `\t${name}) options=${shellWord(options.join(' '))} words=${shellWord(words.join(' '))} files=${files} ;;`;
  const root = arm(
    "''",
    table.options.flatMap(spellings),
    table.commands.map(({ name }) => name),
    false,
  );
  const commands = table.commands.map((command) =>
    arm(command.name, command.options.flatMap(spellings), choicesOf(command), takesFiles(command)),
  );
  return `# Completion of ${table.name} for bash. In ~/.bashrc: eval "$(${table.name} completion bash)"
_${table.name}() {
	local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command='' word options words files
	COMPREPLY=()
	# bash makes three words of --option=value.
	if [[ $cur == '=' ]]; then
		cur=''
	elif [[ $prev == '=' ]]; then
		prev=\${COMP_WORDS[COMP_CWORD > 1 ? COMP_CWORD - 2 : 0]}
	fi
	for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if [[ $word != -* ]]; then
			command=$word
			break
		fi
	done
	case $command:$prev in
	${optionsWith(table, 'folder').join(' | ')})
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	${optionsWith(table, 'file').join(' | ')})
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	${optionsWith(table, 'text').join(' | ')})
		compopt +o default
		return
		;;
	esac
	case $command in
${[root, ...commands].join('\n')}
	*) return ;;
	esac
	[[ $files == true ]] || compopt +o default
	[[ $cur != -* ]] || words=$options
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -o default -F _${table.name} ${table.name}
`;
}
