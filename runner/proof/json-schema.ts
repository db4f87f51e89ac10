// SPDX-License-Identifier: MIT
import { z } from 'zod';
import { proofFile } from './schema.ts';

/** The parts of a JSON Schema that lead from one level of the file to the next. */
export interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  anyOf?: SchemaNode[];
  /** What a key of any name leads to. */
  additionalProperties?: SchemaNode | boolean;
}

/** The JSON Schema of proof.yaml, for editors; proof.schema.json beside this file is its text. */
export function proofJsonSchema(): SchemaNode {
  return z.toJSONSchema(proofFile, { io: 'input' }) as SchemaNode;
}
