// SPDX-License-Identifier: MIT
import type { RunEvent, StageContext } from '../events.ts';
import type { Patch, Toolchain } from '../kernel/model.ts';
import { fitPatch } from '../kernel/patch/fit.ts';
import { sourceWithout } from '../kernel/patch/revert.ts';
import { resolveSource } from '../kernel/source/index.ts';
import type { Plan, Selection } from '../proof/model.ts';
import { buildTests, selectPrograms } from './tests.ts';
import { changesTests, testsTreeOf } from './tests-tree.ts';

/** Whose names are listed. */
export interface ListRequest {
  plan: Plan;
  /** Patches that were given, by candidate: one may bring tests of its own. */
  given: ReadonlyMap<string, Patch>;
  selection: Selection;
  toolchain: Toolchain;
}

/**
 * The names of a plan's tests, as far as they are known without running: each program followed
 * by its tests. Builds the tests with each kernel's own rules, and no kernel.
 */
export async function namesOfPlan(
  { plan, given, selection, toolchain }: ListRequest,
  listen: (event: RunEvent) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const began = performance.now();
  const names = new Set<string>();
  for (const { id, kernel, tests, image } of plan.cells) {
    const emit: StageContext['emit'] = (body) =>
      listen({ time: Math.round(performance.now() - began), ...body });
    const context = { emit, signal, cell: id };
    const found = await resolveSource(kernel, context);
    const source = await sourceWithout(found, [...given.values()], context);
    const bringing: { name: string; patch: Patch }[] = [];
    for (const [name, patch] of given)
      if (changesTests(patch))
        bringing.push({ name, patch: (await fitPatch(source, patch, context)).patch });
    const tree = testsTreeOf(source, bringing);
    const built = await buildTests(tests, tree, image, toolchain, context);
    const { programs } = selectPrograms(selection, built.programs);
    for (const { test, tests: own } of programs) {
      names.add(test.id);
      for (const name of own ?? []) names.add(name);
    }
  }
  return [...names];
}
