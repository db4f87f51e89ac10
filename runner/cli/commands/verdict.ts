// SPDX-License-Identifier: MIT
import { shielded } from '../../report/shield.ts';
import { mail } from '../../report/mail.ts';
import { judge } from '../../verdict/judge.ts';
import { exitCodeOf } from '../../verdict/exit.ts';
import { recordOf } from '../run-folder.ts';

/** `patchproof verdict DIR`: judges a record again, with today's rules. */
export async function verdictCommand(
  folder: string,
  options: { strict?: boolean; json?: boolean },
): Promise<number> {
  const record = await recordOf(folder);
  const verdict = judge(record, { strict: options.strict === true });
  process.stdout.write(
    options.json === true ? `${JSON.stringify(verdict)}\n` : shielded(mail.render(record, verdict)),
  );
  return exitCodeOf(verdict);
}
