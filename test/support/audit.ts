/** What the public compliance tool sends: commits whose ids never change, and tags on all events. @see grasp-audit */
import { randomBytes } from 'node:crypto'
import type { Actor, GitRun } from './actor.ts'
import type { GraspWorld, Published, Signer } from './grasp.ts'

/** Root commits: of `test.txt` with this message and a newline, by one author at one time. */
export const AUDIT_COMMITS = {
  'Initial commit': 'd6e4b26ccf9c268d18d60e6d09804313cc850821',
  'Maintainer initial commit': 'd26703c007eff6d17fee3bb70ce8be5d1427d0e7',
  'Recursive maintainer initial commit': '54a2b4b3cbc3373ad1438b8ffad1681d12bc6c4a',
  'PR test deterministic commit': '5a51b30e4615b572dcd5b9e487861b58605a5c21',
  'PR test deterministic commit 2': '99420bc57835f5bc8ca20ab21a8d12850043920e',
} as const
export type AuditMessage = keyof typeof AUDIT_COMMITS

const AUTHOR = 'GRASP Audit Test <test@grasp-audit.local> 1704067200 +0000'

/** Seconds before now of each event, so that the later one in a chain is the newer one. */
export const AGES = { owner: 10, maintainer: 5, recursive: 2, head: 1, pullRequest: 1 } as const

/** On every event of one run; a server may remove what has them. */
export function auditTags(run = randomBytes(4).toString('hex')): string[][] {
  const cleanUpAfter = Math.floor(Date.now() / 1000) + 3_600
  return [
    ['t', 'grasp-audit-test-event'],
    ['t', `audit-${run}`],
    ['t', `audit-cleanup-after-${cleanUpAfter}`],
  ]
}

/** Makes it a branch's only commit, whatever the branch was. @throws Error when its id is not the tool's */
export async function auditCommit(actor: Actor, message: AuditMessage, branch = 'main'): Promise<string> {
  const text = `${message}\n`
  const data = `data ${text.length}\n${text}`
  const input = `commit refs/heads/${branch}\nmark :1\nauthor ${AUTHOR}\ncommitter ${AUTHOR}\n${data}M 644 inline test.txt\n${data}\nget-mark :1\n`
  const made = await actor.gitWith({ input }, 'fast-import', '--quiet', '--force', '--cat-blob-fd=1')
  const oid = made.stdout.trim()
  if (oid !== AUDIT_COMMITS[message]) throw new Error(`${message} has become ${oid}: ${made.stderr}`)
  return oid
}

/** A repository of the tool: `ValidRepoSent`, with its first commit ready and nothing of it declared or pushed yet. */
export interface AuditRepository {
  readonly identifier: string
  readonly url: string
  /** `30617:<owner>:<identifier>` */
  readonly coordinate: string
  /** On `main` at `Initial commit`, with the server as `origin`. */
  readonly git: Actor
  readonly announcement: Published
}

/** ValidRepoSent: the owner's announcement, which lists the maintainer. */
export async function validRepoSent(w: GraspWorld, owner = w.owner): Promise<AuditRepository> {
  const identifier = w.identifier('audit')
  const url = w.cloneUrl(owner, identifier)
  const opts = { maintainers: [w.maintainer], tags: auditTags(), age: AGES.owner }
  const announcement = await w.announce(owner, identifier, opts)
  const git = await w.git(owner.name)
  await git.start(url)
  await auditCommit(git, 'Initial commit')
  return { identifier, url, coordinate: `30617:${owner.pubkey}:${identifier}`, git, announcement }
}

export interface StatePushed extends AuditRepository {
  readonly state: Published
  /** Was the state shown, before its data came and when the push had been answered? */
  readonly served: { readonly before: boolean; readonly after: boolean }
  readonly push: GitRun
}

/** A state with `main` at one of the commits, then that commit, forced. */
export async function statePushed(
  w: GraspWorld,
  repository: AuditRepository,
  { by, message, age }: { by: Signer; message: AuditMessage; age: number },
): Promise<StatePushed> {
  const { identifier, git } = repository
  const oid = await auditCommit(git, message)
  const state = await w.state(by, identifier, { 'refs/heads/main': oid }, { head: 'refs/heads/main', age })
  const before = await w.isServed(state.event)
  const push = await git.git('push', 'origin', 'main', '--force')
  return { ...repository, state, push, served: { before, after: await w.isServed(state.event) } }
}

/** OwnerStateDataPushed, and with it ValidRepoServed. */
export async function ownerStatePushed(w: GraspWorld): Promise<StatePushed> {
  const by = { by: w.owner, message: 'Initial commit', age: AGES.owner } as const
  return statePushed(w, await validRepoSent(w), by)
}

/** MaintainerStateDataPushed: by a maintainer who has announced nothing. */
export async function maintainerStatePushed(w: GraspWorld): Promise<StatePushed> {
  const by = { by: w.maintainer, message: 'Maintainer initial commit', age: AGES.maintainer } as const
  return statePushed(w, await ownerStatePushed(w), by)
}

/** RecursiveMaintainerStateDataPushed: the maintainer's announcement lists whoever signs this state. */
export async function recursiveStatePushed(w: GraspWorld): Promise<StatePushed> {
  const repository = await maintainerStatePushed(w)
  await w.announce(w.maintainer, repository.identifier, { maintainers: [w.recursive], tags: auditTags() })
  const message = 'Recursive maintainer initial commit'
  return statePushed(w, repository, { by: w.recursive, message, age: AGES.recursive })
}

/** HeadSetToDevelopBranch: all of it is there already, so no push follows. */
export async function headSetToDevelop(w: GraspWorld): Promise<StatePushed> {
  const repository = await recursiveStatePushed(w)
  const refs = { 'refs/heads/develop': AUDIT_COMMITS['Recursive maintainer initial commit'] }
  const opts = { head: 'refs/heads/develop', age: AGES.head }
  return { ...repository, state: await w.state(w.maintainer, repository.identifier, refs, opts) }
}

/** PREventGenerated: signed, not sent. `c` is one of the commits, or whatever is named instead. */
export function pullRequest(
  w: GraspWorld,
  coordinate: string,
  { tip = AUDIT_COMMITS['PR test deterministic commit'] as string, clone = [] as readonly string[] } = {},
) {
  const named = clone.length === 0 ? [] : [['clone', ...clone]]
  const tags = [['a', coordinate], ['c', tip], ...named, ...auditTags()]
  return w.author.sign({ kind: 1618, tags, content: 'a pull request', age: AGES.pullRequest })
}

/** The first line of a protocol v0 advertisement, where the capabilities are. */
export async function capabilities(url: string, service = 'git-upload-pack'): Promise<readonly string[]> {
  const answer = await fetch(`${url}/info/refs?service=${service}`)
  if (answer.status !== 200) throw new Error(`info/refs: ${answer.status}`)
  const [, words = ''] = /\0([^\n]*)/.exec(await answer.text()) ?? []
  return words.trim().split(' ')
}
