// SPDX-License-Identifier: MIT
import type { RunRecord } from '../evidence/model.ts';
import type { Verdict } from '../verdict/model.ts';

/** One form of the result. To add one: a file beside this one, a line in write.ts, a golden file. */
export interface Reporter {
  name: string;
  /** Its file in the run directory. */
  file: string;
  /** Must not have effects. Text of the record is untrusted: guests and patches wrote it. */
  render(record: RunRecord, verdict: Verdict): string;
}
