// SPDX-License-Identifier: MIT
import { Argument, Command, Option } from 'commander';
import { limits } from '../proof/limits.ts';
import { sourcesOf, splitLists } from './environment.ts';
import {
  collect,
  format,
  image,
  kernels,
  number,
  profiles,
  shard,
  wholeNumber,
} from './options.ts';
import type { BisectOptions } from './commands/bisect.ts';
import type { ShellOptions } from './commands/shell.ts';
import { toolVersion } from './version.ts';

/**
 * The command table. Every command's module is loaded only when it runs, so that `--help`
 * loads neither execa nor listr2 nor zod.
 */
export function program(): Command {
  const root = new Command('patchproof')
    .description('Give it a kernel patch, get proof.')
    .version(toolVersion())
    .exitOverride((error) => {
      throw error;
    })
    .showSuggestionAfterError()
    .showHelpAfterError('  Type: patchproof --help, or patchproof COMMAND --help')
    .configureHelp({ sortSubcommands: true })
    .hook('preAction', (_, command) => splitLists(command));

  root
    .command('run')
    .description('build without and with the patch, boot both, run the tests, give a verdict')
    .argument(
      '[args...]',
      'PROOF: a name under kernel-patches/ (tcp-repair when left out), a folder with proof.yaml, or a file; and words for make: LLVM=1, CC=gcc-13',
    )
    .usage('[options] [PROOF] [VAR=value...]')
    .addOption(kernels('a directory, git:URL#REF, debian:6.12, or a version; may be repeated'))
    .option(
      '--patch <[name=]patch>',
      'a diff, mail, mailbox, -, folder, message-id or range; repeat with names for several',
      collect,
    )
    .option(
      '--candidate <name>',
      'a candidate that the proof knows by name; may be repeated, also beside --patch',
      collect,
    )
    .option('--mutants', "are the proof's wrong patches told from the right one?")
    .option('--use-variant', 'where the patch does not apply, run the ready-made one of the proof')
    .option(
      '--tests <spec>',
      "a folder in kselftest form, or a target of the kernel's own selftests: net/tcp_ao, net:tls, or KUnit suites: kunit:list*; may be repeated",
      collect,
    )
    .addOption(image())
    .addOption(profiles('kernel config; may be repeated'))
    .option('--config <file>', 'a config fragment on top of the profile; repeatable', collect)
    .option('--configitem <sym=val>', 'a config symbol on top of the profile; repeatable', collect)
    .option('--filter <glob>', 'run only programs and tests that match; may be repeated', collect)
    .option(
      '--exclude <glob>',
      'leave out what matches, in spite of --filter; may be repeated',
      collect,
    )
    .option('--list-tests', 'build the tests, print their names, run nothing')
    .addOption(
      new Option(
        '--dry-run',
        'build the tests, print the plan and each further command as it would be run, and run none',
      ).conflicts(['listTests', 'json']),
    )
    .addOption(
      number(
        '--repeat <n>',
        'attempts of everything on each side, in fresh VMs; what both passes and fails is flaky',
        limits.repeat,
      ),
    )
    .option('--until-fail', 'repeat until a candidate is not proved; --repeat is the limit')
    .option('--fail-fast', 'stop at the first failure: no second attempt, no further kernel')
    .option('--output-dir <dir>', 'the run directory: created, or empty')
    .addOption(
      number('--cpus <n>', "CPUs of each VM; the proof's, which are 2 by default", limits.cpus),
    )
    .addOption(
      number('--memory <mib>', "memory of each VM; the proof's, 1024 by default", limits.memory),
    )
    .addOption(
      number('--jobs <n>', 'compile jobs, and CPUs that VMs at once may take', {
        least: 1,
        most: 1024,
      }),
    )
    .option('--strict', 'known harm counts as broken')
    .option('--json', 'print verdict.json instead of the text')
    .option('--yes', 'install missing packages without asking')
    .option('--shard <i/n>', "run only the i-th of n parts of each cell's tests", shard)
    .option(
      '--durations <dir>',
      'an earlier run directory: split so that shards take the same time',
    )
    .action(async (args: string[], options: object, command: Command) => {
      const { runCommand } = await import('./commands/run.ts');
      process.exitCode = await runCommand(args, options, sourcesOf(command));
    });

  root
    .command('init')
    .description('write a commented proof.yaml, and a workflow that runs it')
    .argument('[patch]', 'what --patch of run takes; its files and drop reasons go into the proof')
    .option('--kernel <spec>', 'find the tests near to the patch in this kernel; as for run')
    .option('--output <file>', 'the proof file', 'proof.yaml')
    .option(
      '--workflow [repository]',
      'also .github/workflows/patchproof.yml, by OWNER/patchproof@COMMIT',
    )
    .option('--yes', 'install missing packages without asking')
    .action(async (patch: string | undefined, options: { output: string }) => {
      const { initCommand } = await import('./commands/init.ts');
      process.exitCode = await initCommand(patch, options);
    });

  root
    .command('verdict')
    .description('judge a run directory again, print the result, exit by it')
    .argument('<dir>', 'a run directory')
    .option('--strict', 'known harm counts as broken')
    .option('--json', 'print the verdict as JSON instead of text')
    .action(async (folder: string, options: object) => {
      const { verdictCommand } = await import('./commands/verdict.ts');
      process.exitCode = await verdictCommand(folder, options);
    });

  root
    .command('report')
    .description('write the reports of a run directory again from its event stream')
    .argument('<dir>', 'a run directory')
    .option('--strict', 'known harm counts as broken')
    .action(async (folder: string, options: object) => {
      const { reportCommand } = await import('./commands/report.ts');
      process.exitCode = await reportCommand(folder, options);
    });

  root
    .command('patch')
    .description('extract a patch from a mail, mailbox or quoted reply; check it against a kernel')
    .argument('<patch>', 'what --patch of run takes: a file, - for standard input, ...')
    .option('--kernel <spec>', 'restore it by the lines of this kernel')
    .option('--check', 'say whether it applies to --kernel, and if not what differs')
    .option(
      '--depth <n>',
      'take what is quoted at this depth, where several patches are',
      wholeNumber(0, 100),
    )
    .option('--json', 'print the patch, its repairs and doubts as JSON')
    .option('--yes', 'install missing packages without asking')
    .action(async (given: string, options: object) => {
      const { patchCommand } = await import('./commands/patch.ts');
      process.exitCode = await patchCommand(given, options);
    });

  root
    .command('matrix')
    .description('print the jobs of a CI matrix as one line of JSON')
    .argument('[proof]', 'as for run')
    .addOption(kernels('as for run; may be repeated'))
    .option('--patch <[name=]file>', 'as for run; repeat with names for several', collect)
    .option('--candidate <name>', 'as for run; may be repeated', collect)
    .option('--tests <spec>', 'as for run, whose jobs are to be given it too', collect)
    .addOption(profiles('as for run; may be repeated'))
    .option(
      '--jobs <n>',
      'spread the tests over so many jobs; one for each cell unless given',
      wholeNumber(1, 256),
    )
    .option('--durations <dir>', 'an earlier run directory, to balance by')
    .action(async (proof: string | undefined, options: object) => {
      const { matrixCommand } = await import('./commands/matrix.ts');
      process.exitCode = await matrixCommand(proof, options);
    });

  root
    .command('merge')
    .description('join the run directories of shards, judge them as one run, exit by it')
    .argument('<dirs...>', 'run directories, or folders that hold them')
    .option('--output-dir <dir>', 'the merged run directory: created, or empty')
    .option('--matrix <file>', 'what patchproof matrix printed: every job of it must be there')
    .option('--strict', 'known harm counts as broken')
    .option('--json', 'print verdict.json instead of the text')
    .action(async (folders: readonly string[], options: object) => {
      const { mergeCommand } = await import('./commands/merge.ts');
      process.exitCode = await mergeCommand(folders, options);
    });

  root
    .command('bisect')
    .description('for git bisect run, in a kernel tree: 0 good, 1 bad, 125 skip this commit')
    .argument('[args...]', 'PROOF, by default tcp-repair, and words for make, as for run')
    .usage('[options] --test <glob> [PROOF] [VAR=value...]')
    .option('--test <glob>', 'a commit is good when these pass; may be repeated', collect)
    .option('--tests <spec>', 'as for run; may be repeated', collect)
    .addOption(image())
    .option('--fixed', 'look for the commit that mended them: good and bad are turned round')
    .option('--patch <patch>', 'put on top of every commit; as for run')
    .option('--kernel <dir>', 'the tree that git bisects', '.')
    .option('--profile <name>', 'kernel config and VM shape')
    .option('--config <file>', 'as for run; repeatable', collect)
    .option('--configitem <sym=val>', 'as for run; repeatable', collect)
    .option(
      '--repeat <n>',
      'attempts of each test, in fresh VMs; one failure among them is one',
      wholeNumber(1, 10_000),
    )
    .option('--output-dir <dir>', 'a folder outside of the tree for the run directories')
    .option('--cpus <n>', 'CPUs of each VM', wholeNumber(1, 64), 2)
    .option('--memory <mib>', 'memory of each VM', wholeNumber(256, 1 << 20), 1024)
    .option('--jobs <n>', 'compile jobs', wholeNumber(1, 1024))
    .option('--yes', 'install missing packages without asking')
    .action(async (args: string[], options: BisectOptions) => {
      const { bisectCommand } = await import('./commands/bisect.ts');
      process.exitCode = await bisectCommand(args, options);
    });

  root
    .command('b4-check')
    .description('run a proof on the mail on standard input, for b4.review-series-check-cmd')
    .argument(
      '[proof]',
      'a name under kernel-patches/, a folder with proof.yaml, or a file',
      'tcp-repair',
    )
    .addOption(kernels('as for run; may be repeated'))
    .option('--output-dir <dir>', 'the run directory: created, or empty')
    .option('--strict', 'known harm counts as broken')
    .action(async (proof: string, options: object) => {
      const { b4CheckCommand } = await import('./commands/b4-check.ts');
      process.exitCode = await b4CheckCommand(proof, options);
    });

  root
    .command('ktap')
    .description('parse a saved KTAP log, print the tree, exit by its verdict')
    .argument('<file>', 'a log, or - for standard input')
    .addOption(format('--json', 'print JSON instead of the tree'))
    .addOption(format('--tap', 'print TAP 14'))
    .addOption(format('--junit', 'print JUnit XML'))
    .option('--strict', 'a kernel splat in the log makes it not ok')
    .action(async (file: string, options: object) => {
      const { ktapCommand } = await import('./commands/ktap.ts');
      process.exitCode = await ktapCommand(file, options);
    });

  root
    .command('shell')
    .description("open a terminal in the VM, kernel and image of a run's cell")
    .argument(
      '[dir]',
      'a run directory, or a folder in it: cells/6.12/lean/v2; in the newest run unless it is a path',
    )
    .option(
      '--gdb [port]',
      "let gdb in through QEMU's stub, on port 1234 of this machine or the one given",
      wholeNumber(1, 65_535),
    )
    .option('--cpus <n>', 'CPUs of the VM', wholeNumber(1, 64), 2)
    .option('--memory <mib>', 'memory of the VM', wholeNumber(256, 1 << 20), 1024)
    .option('--yes', 'install missing packages without asking')
    .action(async (given: string | undefined, options: ShellOptions) => {
      const { shellCommand } = await import('./commands/shell.ts');
      process.exitCode = await shellCommand(given, options);
    });

  root
    .command('setup')
    .description('install what the host lacks')
    .option('--yes', 'do not ask')
    .action(async (options: object) => {
      const { setupCommand } = await import('./commands/setup.ts');
      process.exitCode = await setupCommand(options);
    });

  root
    .command('doctor')
    .description('what the host lacks, and the command that mends it')
    .option('--json', 'print JSON')
    .action(async (options: object) => {
      const { doctorCommand } = await import('./commands/doctor.ts');
      process.exitCode = await doctorCommand(options);
    });

  root
    .command('completion')
    .description('print completions for a shell')
    .addArgument(new Argument('<shell>', 'for which shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completionCommand } = await import('./commands/completion.ts');
      process.exitCode = completionCommand(shell, root);
    });

  root
    .command('man')
    .description('print the manual page: patchproof man | man -l -')
    .action(async () => {
      const { manCommand } = await import('./commands/man.ts');
      process.exitCode = manCommand(root);
    });

  return root;
}
