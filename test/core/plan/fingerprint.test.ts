import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint, type FingerprintEntry } from '../../../src/core/plan/fingerprint.js';

const A: FingerprintEntry = { path: 'extract/a.py', mode: '100644', oid: 'a'.repeat(40) };
const B: FingerprintEntry = { path: 'extract/b.py', mode: '100644', oid: 'b'.repeat(40) };
const LIB: FingerprintEntry = { path: 'extract/lib', mode: '160000', oid: 'c'.repeat(40) };
const README: FingerprintEntry = { path: 'README.md', mode: '100644', oid: 'd'.repeat(40) };

const watched = (path: string): boolean => path.startsWith('extract/');
const of = (...entries: FingerprintEntry[]): string => fingerprint(entries, watched).value;

describe('the fingerprint of the watched files', () => {
  it.each<[string, FingerprintEntry[]]>([
    ['a changed file', [{ ...A, oid: 'e'.repeat(40) }, B, LIB]],
    ['a changed mode', [{ ...A, mode: '100755' }, B, LIB]],
    ['a renamed file', [{ ...A, path: 'extract/c.py' }, B, LIB]],
    ['a deleted file', [A, LIB]],
    ['a new file', [A, B, LIB, { ...A, path: 'extract/new.py' }]],
    ['a submodule at another commit', [A, B, { ...LIB, oid: 'f'.repeat(40) }]],
    ['two files that swap their contents', [{ ...A, oid: B.oid }, { ...B, oid: A.oid }, LIB]],
  ])('changes with %s', (_name, entries) => {
    expect(of(...entries)).not.toBe(of(A, B, LIB));
  });

  it('does not change with files that nobody watches', () => {
    expect(of(A, B, README)).toBe(of(A, B));
    expect(of(A, B, { ...README, oid: 'e'.repeat(40) })).toBe(of(A, B, README));
  });

  it('does not depend on the order', () => {
    const entry = fc.record({
      path: fc.string({ unit: 'binary', minLength: 1 }),
      mode: fc.constantFrom('100644', '100755', '120000', '160000'),
      oid: fc.constantFrom(A.oid, B.oid),
    });
    const shuffled = fc
      .uniqueArray(entry, { selector: ({ path }) => path })
      .chain((entries) =>
        fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })),
      );
    fc.assert(
      fc.property(shuffled, ([entries, other]) => {
        expect(fingerprint(other, () => true)).toEqual(fingerprint(entries, () => true));
      }),
    );
  });

  it('is equal for no two different sets of files', () => {
    const entry = fc.record({
      path: fc.oneof(
        fc.string({ maxLength: 3 }),
        fc.constantFrom('a', 'a\n', 'a ', '\udcfe', '\udcff', '\ufffd'),
      ),
      mode: fc.constantFrom('100644', '100755'),
      oid: fc.constantFrom(A.oid, B.oid),
    });
    const files = fc.uniqueArray(entry, { selector: ({ path }) => path, maxLength: 4 });
    const asSet = (entries: FingerprintEntry[]): string =>
      JSON.stringify(
        entries
          .map(({ path, mode, oid }) => [path, mode, oid].map((part) => JSON.stringify(part)).join())
          .sort(),
      );
    fc.assert(
      fc.property(files, files, (one, other) => {
        const equal = fingerprint(one, () => true).value === fingerprint(other, () => true).value;
        expect(equal).toBe(asSet(one) === asSet(other));
      }),
    );
  });

  it('counts the files, so that a pattern which matches nothing is noticed', () => {
    expect(fingerprint([A, B, README], watched).files).toBe(2);
    expect(fingerprint([README], watched).files).toBe(0);
    expect(fingerprint([], watched)).toEqual(fingerprint([README], watched));
  });

  it('is the sha256 of one line for each file: measurements of earlier releases stay valid', () => {
    expect(of(A)).toBe('2d8801ec412a656f97b72456776ebc4a56886a6d34ef1cc5301cc2af8e0a74c1');
  });
});
