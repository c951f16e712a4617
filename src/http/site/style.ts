/** One sheet for all pages: the report's own, what frames it, and what single pages add. */
import { STYLE as REPORT } from '../../core/report/html/style.js';
import { STYLE as ACCESS } from '../pages/access/style.js';
import { STYLE as CONFIGURATION } from '../pages/configuration/style.js';
import { STYLE as LEDGER } from '../pages/ledger/style.js';
import { STYLE as OVERVIEW } from '../pages/overview/style.js';
import { STYLE as PARTS } from '../pages/parts/style.js';
import { STYLE as REPOSITORY } from '../pages/repository/style.js';
import { STYLE as RUN } from '../pages/run/style.js';

const FRAME = `
.site{background:var(--card);border-bottom:1px solid var(--line)}
.site .bar{max-width:1180px;margin:0 auto;padding:.55rem 1.25rem;display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;align-items:center}
.site .brand{font-weight:650;color:var(--ink);text-decoration:none;letter-spacing:-.01em}
.site .crumbs{display:flex;flex-wrap:wrap;gap:.35rem;min-width:0;color:var(--muted)}
.site .crumbs>*{overflow-wrap:anywhere;min-width:0}
.site .who{margin-left:auto;display:flex;gap:.8rem;align-items:center;color:var(--muted);font-size:.87rem}
.site form{margin:0}
.tabs{max-width:1180px;margin:0 auto;padding:0 1.25rem;display:flex;flex-wrap:wrap;gap:0 1.4rem}
.tabs a{color:var(--muted);text-decoration:none;padding:.35rem 0 .45rem;border-bottom:3px solid transparent}
.tabs a[aria-current]{color:var(--ink);border-color:var(--link);font-weight:600}
.tabs a:hover{color:var(--ink)}
.page-title{margin:1.5rem 0 .4rem;font-size:1.45rem;letter-spacing:-.01em;overflow-wrap:anywhere}
.lead{color:var(--muted);margin:0 0 1.2rem;max-width:46rem}
.button.primary{background:var(--link);border-color:var(--link);color:var(--card);font-weight:600}
a.button{display:inline-block;text-decoration:none}
textarea,input[type=text],input[type=number],input[type=date],select{font:inherit;color:inherit;background:var(--card);border:1px solid var(--muted);border-radius:6px;padding:.35rem .6rem;max-width:100%}
/* A long choice must not widen the page. */
.filter label,.filter select{min-width:0;max-width:100%}
textarea:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.notice{border:1px solid var(--line);border-left:5px solid var(--warn);background:var(--card);border-radius:8px;padding:.7rem 1rem;margin:1rem 0}
.notice.bad{border-left-color:var(--bad)}.notice.good{border-left-color:var(--good)}.notice.plain{border-left-color:var(--muted)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,13rem),1fr));gap:1rem;margin:1rem 0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem;min-width:0}
.tile h2,.tile h3{font-size:.85rem;color:var(--muted);font-weight:600;margin:0}
.tile .figure{font-size:1.6rem;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.htmx-request.dim,.dim.htmx-request{opacity:.6}
header.top{padding-top:.9rem}
@media (max-width:760px){.scroll th.name{min-width:7.6rem}.site .bar,.tabs{padding-left:.8rem;padding-right:.8rem}.site .who{margin-left:0}}
@media print{.site,.tabs{display:none}}
`;

export const STYLE = [REPORT, FRAME, PARTS, OVERVIEW, REPOSITORY, RUN, CONFIGURATION, LEDGER, ACCESS].join(
  '\n',
);
