/** What the documents that became wrong have in common. */
import type { FC } from 'hono/jsx';
import type { DocumentGroup } from '../groups.js';
import { count } from '../values.js';
import { name } from '../words.js';
import { Sign } from './parts.js';

/** Documents of a group that are named. */
const NAMED = 5;

export const Groups: FC<{
  groups: readonly DocumentGroup[];
  /** Where the documents of a group are shown together, if anywhere. */
  href?: (group: DocumentGroup) => string;
  /** Where one document is told, if anywhere. */
  documentHref: (id: string) => string | undefined;
}> = ({ groups, href, documentHref }) => {
  const [first] = groups;
  if (first === undefined) return <></>;
  return (
    <section id="together" aria-labelledby="together-title">
      <h2 id="together-title">What the newly wrong documents have in common</h2>
      <p class="about">
        {count(first.of)} {first.of === 1 ? 'document' : 'documents'} became wrong. The largest group first; a
        document can be in several.
      </p>
      <div class="card">
        <ul class="together">
          {groups.map((group) => (
            <li>
              <Sign mark="▼" word="became wrong" tone="bad" />
              <strong class="of">
                {count(group.documents.length)} of {count(group.of)}
              </strong>
              : {href === undefined ? group.says : <a href={href(group)}>{group.says}</a>}
              {group.share !== null && `; ${group.share}`}
              <span class="muted small">
                {' '}
                ({named(group, documentHref)}
                {group.documents.length > NAMED && ` and ${count(group.documents.length - NAMED)} more`})
              </span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
};

function named({ documents }: DocumentGroup, href: (id: string) => string | undefined): unknown[] {
  return documents.slice(0, NAMED).map((id, i) => {
    const to = href(id);
    const text = name(id, 40);
    return (
      <>
        {i > 0 && ', '}
        {to === undefined ? text : <a href={to}>{text}</a>}
      </>
    );
  });
}
