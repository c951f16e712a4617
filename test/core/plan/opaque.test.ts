import { expect, it } from 'vitest';
import { opaqueId } from '../../../src/core/plan/opaque.js';

it('a document has the same opaque name for the same content, another one for another, and no more than that', () => {
  const [one, other] = ['a'.repeat(64), 'b'.repeat(64)];
  expect(opaqueId(one)).toBe(opaqueId(one));
  expect(opaqueId(one)).not.toBe(opaqueId(other));
  expect(opaqueId(one)).toMatch(/^d[0-9a-f]{20}$/);
  expect(one).not.toContain(opaqueId(one).slice(1));
});
