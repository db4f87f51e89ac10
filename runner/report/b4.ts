// SPDX-License-Identifier: MIT
import type { Overall, Verdict } from '../verdict/model.ts';
import { plainLine, plainText } from './text.ts';

/** One result of a check command as `b4 review` reads it. */
export interface B4Check {
  tool: string;
  status: 'pass' | 'warn' | 'fail';
  summary: string;
  url: string;
  details: string;
}

const statuses: Readonly<Record<Overall, B4Check['status']>> = {
  proved: 'pass',
  'not proved': 'fail',
  // Nothing is known of the patch: neither a pass nor a fail.
  'no verdict': 'warn',
};

/** A verdict for b4: one result for each candidate. Known harm is worth a look, so it is no plain pass. */
export function b4Checks(verdict: Verdict, url: string, details: string): B4Check[] {
  return Object.values(verdict.candidates).map(({ overall, reasons, knownHarm }) => ({
    tool: 'patchproof',
    status: overall === 'proved' && knownHarm.length > 0 ? 'warn' : statuses[overall],
    summary: plainLine(`${overall}: ${reasons[0] ?? ''}`),
    url,
    details: plainText(details),
  }));
}

/** What b4 is told where there was nothing to try, e.g. of a cover letter. */
export function b4NothingToTry(why: string, remedy: string): B4Check[] {
  return [
    {
      tool: 'patchproof',
      status: 'warn',
      summary: plainLine(why),
      url: '',
      details: plainText(remedy),
    },
  ];
}
