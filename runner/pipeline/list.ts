// SPDX-License-Identifier: MIT
import type { RunEvent, StageContext } from '../events.ts';
import type { Toolchain } from '../kernel/model.ts';
import { resolveSource } from '../kernel/source/index.ts';
import type { Plan, Selection } from '../proof/model.ts';

import { buildTests, selectPrograms } from './tests.ts';

/**
 * The names of a plan's tests, as far as they are known without running: each program followed
 * by its tests. Builds the tests with each kernel's own rules, and no kernel.
 */
export async function namesOfPlan(
  plan: Plan,
  selection: Selection,
  toolchain: Toolchain,
  listen: (event: RunEvent) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const began = performance.now();
  const names = new Set<string>();
  for (const { id, kernel, tests } of plan.cells) {
    const emit: StageContext['emit'] = (body) =>
      listen({ time: Math.round(performance.now() - began), ...body });
    const context = { emit, signal, cell: id };
    const source = await resolveSource(kernel, context);
    const { programs } = selectPrograms(
      selection,
      await buildTests(tests, source, toolchain, context),
    );
    for (const { test, tests: own } of programs) {
      names.add(test.id);
      for (const name of own ?? []) names.add(name);
    }
  }
  return [...names];
}
