// SPDX-License-Identifier: MIT
import { format } from 'prettier';
import { expect, it } from 'vitest';
import { proofJsonSchema } from '../../runner/proof/json-schema.ts';

it('the shipped JSON Schema is the one of the code (`vitest -u` writes it anew)', async () => {
  const text = await format(JSON.stringify(proofJsonSchema()), { parser: 'json', printWidth: 100 });
  await expect(text).toMatchFileSnapshot('../../runner/proof/proof.schema.json');
});
