/** Links and small words that the sections share. */
import type { FC } from 'hono/jsx';
import type { RepositoryRef } from '../../../core/app-words.js';
import { name } from '../../../core/report/words.js';

/** A commit on GitHub; `commit` is not linked where it is none. */
export const Commit: FC<{ repository: RepositoryRef; commit: string | null; gitHubUrl: string }> = ({
  repository,
  commit,
  gitHubUrl,
}) =>
  commit === null ? (
    <>not known</>
  ) : !/^[0-9a-f]{7,64}$/.test(commit) ? (
    <code>{name(commit, 12)}</code>
  ) : (
    <a
      href={`${gitHubUrl}/${encodeURIComponent(repository.owner)}/${encodeURIComponent(repository.name)}/commit/${commit}`}
      rel="noreferrer"
    >
      <code>{commit.slice(0, 7)}</code>
    </a>
  );

const WAYS = {
  fell: ['\u25bc', 'bad'],
  rose: ['\u25b2', 'good'],
  same: ['=', 'plain'],
  unknown: ['', 'plain'],
} as const;

/** What way a value went, in words, a mark and a colour. */
export const Way: FC<{ way: keyof typeof WAYS; words: string }> = ({ way, words }) => (
  <span class={`${WAYS[way][1]}-text`}>
    <span aria-hidden="true">{WAYS[way][0]} </span>
    {words}
  </span>
);
