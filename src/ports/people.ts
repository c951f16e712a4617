/** Who looks at pages: people as GitHub knows them, and what each may see. Throws `GitHubError`. */

export interface Person {
  /** GitHub's numeric id; logins change. */
  readonly id: number;
  readonly login: string;
}

export interface RepositoryAccess {
  readonly repositoryId: number;
  readonly role: 'read' | 'write' | 'admin';
  /** Everybody may read a public one, whoever they are. */
  readonly isPublic: boolean;
}

/** GitHub's own sign-in for users of a GitHub App (web application flow). */
export interface SignIn {
  /** Where the browser is sent. `challenge`: PKCE, S256. */
  authorizeUrl(ask: {
    readonly state: string;
    readonly redirectUrl: string;
    readonly challenge: string;
  }): string;
  /** Undefined: the code is not (or no longer) good. */
  exchange(answer: {
    readonly code: string;
    readonly redirectUrl: string;
    readonly verifier: string;
  }): Promise<{ readonly token: string; readonly expiresAt: Date | null } | undefined>;
  /** Undefined: the token holds no longer. */
  person(token: string): Promise<Person | undefined>;
  /** Undefined: this person may not read it, or it does not exist. */
  access(token: string, repositoryId: number): Promise<RepositoryAccess | undefined>;
  /** Repositories of the App's installations that this person has a role in. */
  repositories(token: string): Promise<readonly RepositoryAccess[]>;
  /** Best effort: never throws. */
  revoke(token: string): Promise<void>;
}
