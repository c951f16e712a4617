export { decide, type DecideFacts } from './decide.js';
export { situationOf, type SituationFacts } from './situation.js';
export { judgeTrust, type TrustFacts } from './trust.js';
