export { resolveAcceptance, type KnownPipeline } from './accept.js';
export { COMMAND_NAMES, GRAMMAR, WHO, type CommandGrammar, type CommandName } from './grammar.js';
export { renderHelp } from './help.js';
export { parseCommands, type Command, type CommandProblem, type ParsedComment } from './parse.js';
