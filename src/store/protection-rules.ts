/** One rule of branches: its words, its row, and which branches it holds. What it refuses: see rooms/repos/rules. */
import { refMatches } from '../kernel/access.ts'
import { isRefName, type RefName, type RepoId } from '../kernel/ids.ts'
import type { BranchProtectionRow } from './schema.ts'

/** What is asked of whoever moves a branch that matches. */
export interface ProtectionRule {
  /** Short branch name, `*` for any run of characters, slashes included. */
  readonly pattern: string
  /** Least role that may move the branch, by any road; `none`: nobody. */
  readonly push: 'owner' | 'writer' | 'none'
  readonly force: boolean
  readonly delete: boolean
  /** Only merges of pull requests move the branch. */
  readonly requirePullRequest: boolean
  /** Accounts that this rule does not bind. */
  readonly allow: readonly string[]
}

export interface Protection extends ProtectionRule {
  readonly createdAt: number
  readonly updatedAt: number
}

/** Can this be the pattern of short branch names? A full ref name would hold no branch that anybody has. */
export function isBranchPattern(pattern: string): boolean {
  return isRefName(`refs/heads/${pattern.replaceAll('*', 'x')}`) && !/^-|^refs\//.test(pattern)
}

/** The rules that hold a ref: several may, and all of them count. */
export function rulesOn<Rule extends Pick<ProtectionRule, 'pattern'>>(
  rules: readonly Rule[],
  ref: RefName,
): readonly Rule[] {
  return rules.filter(({ pattern }) => refMatches(`refs/heads/${pattern}`, ref))
}

export function isSameRule(one: ProtectionRule, other: ProtectionRule): boolean {
  const words = (r: ProtectionRule) => [r.pattern, r.push, r.force, r.delete, r.requirePullRequest, r.allow]
  return JSON.stringify(words(one)) === JSON.stringify(words(other))
}

export function toProtection(row: BranchProtectionRow): Protection {
  return {
    pattern: row.pattern,
    push: row.push,
    force: row.allow_force === 1,
    delete: row.allow_delete === 1,
    requirePullRequest: row.require_pull_request === 1,
    allow: JSON.parse(row.allow_accounts) as string[],
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function toProtectionRow(repoId: RepoId, protection: Protection): BranchProtectionRow {
  return {
    repo_id: repoId,
    pattern: protection.pattern,
    push: protection.push,
    allow_force: protection.force ? 1 : 0,
    allow_delete: protection.delete ? 1 : 0,
    require_pull_request: protection.requirePullRequest ? 1 : 0,
    allow_accounts: JSON.stringify(protection.allow),
    created_at: protection.createdAt,
    updated_at: protection.updatedAt,
  }
}
