export { ACCEPTABLE_REASONS } from './acceptance.js';
export { renderCheck } from './check.js';
export { COMMENT_MARKER, renderComment } from './comment.js';
export { conclusionOf, type Answer, type AnswerKind } from './conclusion.js';
export { checkName } from './name.js';
export { redactFailure, redactReport } from './redact.js';
export { renderCost, renderStatus } from './replies.js';
export type { AnswerView } from './view.js';
