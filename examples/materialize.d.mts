/** What the gate should say of a branch when it is measured against `main`. */
export interface ExpectedVerdict {
  readonly verdict: 'pass' | 'warn' | 'block' | 'not-applicable';
  readonly exitCode: 0 | 1;
  /** Fields that the report names as regressed; absent: none. */
  readonly fields?: readonly string[];
  /** Documents that got worse in them; absent: none. */
  readonly documents?: readonly string[];
}

export interface ExampleBranch {
  readonly name: string;
  readonly title: string;
  /** File in `examples/branches`, as `git format-patch` writes it. */
  readonly patch: string;
  readonly expected: ExpectedVerdict;
  /** Once this branch is merged into main, the verdict becomes `expected`, though the branch did not change. */
  readonly after?: { readonly merged: string; readonly expected: ExpectedVerdict };
}

export function readBranches(): Promise<readonly ExampleBranch[]>;
export function materialize(directory: string): Promise<{ readonly branches: readonly ExampleBranch[] }>;
export function commitTree(directory: string, message: string): Promise<void>;
export function applyBranch(directory: string, name: string, patchFile: string): Promise<void>;
export function git(directory: string, args: readonly string[]): Promise<string>;
