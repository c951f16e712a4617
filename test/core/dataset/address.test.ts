import { describe, expect, it } from 'vitest';
import { datasetAddress, isElsewhere, isWholeVersion } from '../../../src/core/dataset/address.js';

const VERSION = 'a2c811632eeafe64f031a1ec24169cf0c2670f9debdac4b45ebf7f08156e0c46';

describe('where a dataset is', () => {
  it.each(['eval/invoices', './eval', 'eval@2026/invoices', 'a/b@c', '@', 'invoices@'])(
    '%s is a folder',
    (text) => {
      expect(datasetAddress(text)).toEqual({ kind: 'folder', path: text });
      expect(isElsewhere(text)).toBe(false);
    },
  );

  it.each(['s3://bucket', 's3://bucket/a/b'])('%s is in S3', (text) => {
    expect(datasetAddress(text)).toEqual({ kind: 's3', address: text });
  });

  it.each([VERSION, VERSION.slice(0, 12)])('invoices-DE.v2@%s is in the registry', (version) => {
    expect(datasetAddress(`invoices-DE.v2@${version}`)).toEqual({
      kind: 'registry',
      name: 'invoices-DE.v2',
      version,
    });
    expect(isWholeVersion(version)).toBe(version === VERSION);
  });

  it.each([
    ['https://example.com/x', /no address that a dataset can be read from: https/],
    ['S3://bucket/x', /no address/],
    [`invoices@${VERSION.slice(0, 11)}`, /has 11 digits, and not 12 to 64/],
    [`invoices@${VERSION}0`, /has 65 digits/],
    ['invoices@latest', /not hex/],
    [`-invoices@${VERSION}`, /the name has to be/],
    [`a b@${VERSION}`, /the name has to be/],
    [`a@b@${VERSION}`, /the name has to be/],
    [`..@${VERSION}`, /the name has to be/],
  ])('%s is a mistake that is said, and no folder', (text, problem) => {
    const address = datasetAddress(text);
    expect(address).toMatchObject({ kind: 'wrong', problem: expect.stringMatching(problem) as unknown });
    expect(isElsewhere(text)).toBe(true);
  });
});
