/** What to paste into a README. */
import type { FC } from 'hono/jsx';
import type { RepositoryRef } from '../../../core/app-words.js';
import { badgeUrl, repositoryUrl } from '../../site/urls.js';
import type { Scope } from './query.js';

export const Badge: FC<{ repository: RepositoryRef; scope: Scope; badgeKey: string; url: string | null }> = ({
  repository,
  scope,
  badgeKey,
  url,
}) => {
  const image = badgeUrl(repository, {
    branch: scope.branch,
    pipeline: scope.pipelines.length > 1 ? scope.pipeline : null,
    key: badgeKey,
  });
  return (
    <section id="badge" aria-labelledby="badge-title">
      <h2 id="badge-title">Badge</h2>
      <p class="about">
        Paste this into a README. The link carries a key: whoever has it sees this number, and nothing else of
        the repository.
      </p>
      <p>
        <img class="badge" src={image} alt="The badge as it is now: the newest accuracy of this branch" />
      </p>
      {url === null ? (
        <p>
          The markdown needs this server{'\u2019'}s public address: set <code>DOCOPS_URL</code>.
        </p>
      ) : (
        <pre class="paste" tabindex={0} aria-label="Markdown of the badge">
          {`[![extraction accuracy](${url}${image})](${url}${repositoryUrl(repository)})`}
        </pre>
      )}
    </section>
  );
};
