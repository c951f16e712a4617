/**
 * What git gets of the caller's environment and configuration. Two aims: nothing that the repository or a surrounding
 * git process brings along may run a program or redirect us, and the same commits give the same trees on every machine.
 */

/**
 * Variables of git that are passed on: how to reach a remote (a partial clone fetches), where the user's own
 * configuration is, how far discovery may go. All others are dropped, above all those that name a repository: inside a
 * hook git sets GIT_DIR and GIT_INDEX_FILE, and the index of a `git commit PATH` is not the working tree.
 */
const KEPT =
  /^GIT_(?:SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|SSL_\w+|HTTP_\w+|PROXY_\w+|CURL_\w+|ALLOW_PROTOCOL|PROTOCOL_FROM_USER|EXEC_PATH|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|PARAMETERS|COUNT|KEY_\d+|VALUE_\d+)|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|LFS_\w+)$/;

export function scrubbedEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('GIT_') || KEPT.test(name)) kept[name] = value;
  }
  delete kept['LANGUAGE'];
  return {
    ...kept,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    // The user's index is never refreshed in passing.
    GIT_OPTIONAL_LOCKS: '0',
    GIT_LITERAL_PATHSPECS: '1',
    // refs/replace is local: with it, one commit id would have two contents.
    GIT_NO_REPLACE_OBJECTS: '1',
  };
}

/** Configuration for every command; stronger than the user's and the repository's. */
export const FIXED_CONFIG: readonly string[] = [
  // Programs that the repository's configuration could start.
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.alternateRefsCommand=true',
  // Nothing may be written beside what we ask for: no shared index, no maintenance after a lazy fetch.
  'core.splitIndex=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'fetch.writeCommitGraph=false',
  // A merge has to give the same tree on every machine: git's own defaults, whatever the user prefers.
  'merge.renames=true',
  'merge.renameLimit=7000',
  'merge.directoryRenames=conflict',
  'merge.renormalize=false',
  'merge.default=text',
  'diff.renames=true',
  'diff.algorithm=histogram',
  // Temporary objects: speed before size and safety.
  'core.looseCompression=0',
  'core.fsync=none',
  'core.safecrlf=false',
  'i18n.commitEncoding=UTF-8',
];

/** Line ends of a checkout: as committed, unless the repository's own .gitattributes say otherwise. */
export const CHECKOUT_CONFIG: readonly string[] = [
  'core.autocrlf=false',
  'core.eol=lf',
  'core.symlinks=true',
  'core.sparseCheckout=false',
];

export function configArguments(settings: readonly string[]): string[] {
  return settings.flatMap((setting) => ['-c', setting]);
}
