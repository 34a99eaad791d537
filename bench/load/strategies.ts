/** The four strategies of forgemark: what each agent does, again and again, until the time is over. */
import { CommitLine, type Base } from './commit-line.ts'
import type { LoadClient } from './load-client.ts'

export type Operation = 'push' | 'clone'

export interface Agent {
  readonly client: LoadClient
  /** Its own; sessions put a number behind it. */
  readonly ref: string
  /** Another one: other content of its commits. */
  readonly seed: string
  /** Of the repository; `null` where nothing is cloned. */
  readonly base: Base | null
  /** Is there time left? */
  readonly mayGoOn: () => boolean
  /** Times an operation; a failure is a result. @returns whether it went well */
  readonly measure: (operation: Operation, work: () => Promise<void>) => Promise<boolean>
  /** What is not measured: a failure is counted, and no more. */
  readonly tidy: (work: () => Promise<void>) => Promise<void>
}

export interface Strategy {
  /** In a sentence, for the table. */
  readonly shape: string
  /** What its rate counts. */
  readonly counts: Operation
  /** Empty ones that are pushed to, or one with content. */
  readonly repositories: { readonly count: number; readonly content: boolean }
  readonly run: (agent: Agent) => Promise<void>
}

/** After so many an agent begins anew with a commit that has no parent, as forgemark's do. */
const COMMITS_A_LINE = 128
const PUSHES_A_SESSION = 5
const SPREAD_REPOSITORIES = 16

export const STRATEGY_NAMES = ['branch', 'repo', 'clone', 'session'] as const
export type StrategyName = (typeof STRATEGY_NAMES)[number]

export const STRATEGIES: Readonly<Record<StrategyName, Strategy>> = {
  branch: {
    shape: 'all agents push to one repository, each to a branch of its own',
    counts: 'push',
    repositories: { count: 1, content: false },
    run: pushOn,
  },
  repo: {
    shape: `the same, spread over ${SPREAD_REPOSITORIES} repositories`,
    counts: 'push',
    repositories: { count: SPREAD_REPOSITORIES, content: false },
    run: pushOn,
  },
  clone: {
    shape: 'all agents clone the default branch of one repository one commit deep',
    counts: 'clone',
    repositories: { count: 1, content: true },
    run: cloneOn,
  },
  session: {
    shape: `a shallow clone, ${PUSHES_A_SESSION} pushes to a new branch, its removal; one repository`,
    counts: 'push',
    repositories: { count: 1, content: true },
    run: runSessions,
  },
}

async function pushOn({ client, ref, seed, mayGoOn, measure }: Agent): Promise<void> {
  for (let line = 0; mayGoOn(); line++) {
    const commits = new CommitLine(`${seed}/${line}`, null)
    for (let at = 0; at < COMMITS_A_LINE && mayGoOn(); at++) {
      const commit = commits.next()
      await client.prepare(commit)
      await measure('push', () => client.push(ref, commit))
    }
  }
}

async function cloneOn({ client, mayGoOn, measure }: Agent): Promise<void> {
  while (mayGoOn()) await measure('clone', () => client.clone())
}

async function runSessions({ client, ref, seed, base, mayGoOn, measure, tidy }: Agent): Promise<void> {
  for (let session = 0; mayGoOn(); session++) {
    if (!(await measure('clone', () => client.clone()))) continue
    const branch = `${ref}-s${session}`
    const commits = new CommitLine(`${seed}/${session}`, base)
    let exists = false
    for (let at = 0; at < PUSHES_A_SESSION && mayGoOn(); at++) {
      const commit = commits.next()
      await client.prepare(commit)
      exists = (await measure('push', () => client.push(branch, commit))) || exists
    }
    if (exists) await tidy(() => client.remove(branch))
  }
}
