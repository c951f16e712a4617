export type { JudgeInput, Judgement, SelfCheck } from './input.js';
export { judge } from './judge.js';
export { selfCheck } from './self-check.js';
