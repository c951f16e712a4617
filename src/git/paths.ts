/**
 * File names in git are bytes. Inside the program they are strings: UTF-8 where it is UTF-8, and every other byte as the
 * lone surrogate U+DC00 + byte (PEP 383), so that no two names become one and the way back is exact.
 */
import { isUtf8 } from 'node:buffer';

export function decodePath(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = [1, 2, 3, 4].find(
      (size) => at + size <= bytes.length && isUtf8(bytes.subarray(at, at + size)),
    );
    if (length === undefined) {
      text += String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
      at += 1;
    } else {
      text += bytes.subarray(at, at + length).toString('utf8');
      at += length;
    }
  }
  return text;
}

/** Whether the name is UTF-8, so that the file system finds it under this string. */
export function isText(path: string): boolean {
  return !/\p{Cs}/u.test(path);
}

export function encodePath(path: string): Buffer {
  if (isText(path)) return Buffer.from(path, 'utf8');
  return Buffer.concat(
    Array.from(path, (character) => {
      const code = character.codePointAt(0) ?? 0;
      return code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - 0xdc00]) : Buffer.from(character, 'utf8');
    }),
  );
}

/** NUL-terminated records, as git's `-z` writes them. */
export function splitNul(bytes: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(0, from);
    const to = end === -1 ? bytes.length : end;
    records.push(bytes.subarray(from, to));
    from = to + 1;
  }
  return records;
}

export function joinNul(paths: Iterable<string>): Buffer {
  const nul = Buffer.from([0]);
  return Buffer.concat(Array.from(paths, (path) => [encodePath(path), nul]).flat());
}

/** Whether a tree can hold this path: relative, no empty, `.` or `..` part, no NUL. */
export function isTreePath(path: string): boolean {
  return (
    !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}
