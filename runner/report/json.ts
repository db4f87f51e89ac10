// SPDX-License-Identifier: MIT
import type { Reporter } from './reporter.ts';

/** verdict.json; verdict.schema.json describes it. */
export const verdictJson: Reporter = {
  name: 'verdict',
  file: 'verdict.json',
  render: (_record, verdict) => `${JSON.stringify(verdict, null, 2)}\n`,
};

/** evidence.json: the whole record; evidence.schema.json describes it. */
export const evidenceJson: Reporter = {
  name: 'evidence',
  file: 'evidence.json',
  render: (record) => `${JSON.stringify(record, null, 2)}\n`,
};
