// SPDX-License-Identifier: MIT
import type { RunEvent } from '../events.ts';
import { openView } from '../report/view.ts';

/** The live view is closed before anything else is printed, however the run ends. */
export async function withView<T>(
  work: (listen: (event: RunEvent) => void) => Promise<T>,
): Promise<T> {
  const view = await openView(process.stderr);
  try {
    return await work((event) => view.listen(event));
  } finally {
    await view.close();
  }
}
