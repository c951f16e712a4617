/** Addresses that hold for some minutes and for one visitor: documents are reached by nothing else. */
import { SHORT_LIVED_MS } from '../../core/limits.js';
import type { Seals } from './seals.js';

const NOBODY = 'http://docops.invalid';
const SECONDS = /^\d{1,12}$/;

/** `holder`: the session's id, or the key of the link that the visitor came by. */
export function shortLivedUrl(seals: Seals, path: string, holder: string): string {
  const url = new URL(path, NOBODY);
  const until = String(Math.floor((Date.now() + SHORT_LIVED_MS) / 1000));
  const signature = seals.sign(textOf(url, until, holder));
  url.searchParams.set('until', until);
  url.searchParams.set('sig', signature);
  return url.pathname + url.search;
}

export function shortLivedUrlHolds(seals: Seals, address: string, holder: string): boolean {
  const url = new URL(address);
  const [until = '', ...moreTimes] = url.searchParams.getAll('until');
  const [signature = '', ...moreSignatures] = url.searchParams.getAll('sig');
  if (moreTimes.length + moreSignatures.length > 0 || !SECONDS.test(until)) return false;
  url.searchParams.delete('until');
  url.searchParams.delete('sig');
  return seals.isSigned(textOf(url, until, holder), signature) && Number(until) * 1000 > Date.now();
}

/** The query is written anew, so that one writing of it is signed and compared. */
function textOf({ pathname, searchParams }: URL, until: string, holder: string): string {
  return JSON.stringify([pathname, searchParams.toString(), until, holder]);
}
