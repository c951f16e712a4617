export { type Evidence, type EvidenceItem, NO_EVIDENCE } from './evidence.js';
export { type HtmlOptions, renderHtml } from './page.js';
export { detailedDocuments } from './select.js';
