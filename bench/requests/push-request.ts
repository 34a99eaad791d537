/** What `git push` sends for one commit. @see gitprotocol-pack(5), "Reference Update Request" */
import { FLUSH, pktLine } from '../../src/git/wire/pkt-line.ts'
import { git, gitBytes } from '../git.ts'

export interface PushedCommit {
  readonly oldOid: string
  readonly newOid: string
  /** Thin, as a push sends it. */
  readonly pack: Buffer
}

/** Kept by the server: no permission lets a client push there. */
export const REFUSED_REF = 'refs/pull/7/head'

const CAPABILITIES = ' report-status-v2 side-band-64k object-format=sha1 agent=git/2.39.5'
const PERSON = 'Bench <bench@example.invalid>'
const START_SECONDS = 1_700_000_000

/** The body of the request. */
export function pushBody({ oldOid, newOid, pack }: PushedCommit, ref: string): Buffer {
  return Buffer.concat([pktLine(`${oldOid} ${newOid} ${ref}\0${CAPABILITIES}`), FLUSH, pack])
}

/** The same commit under a name that is new. */
export function asNewRef(commit: PushedCommit): PushedCommit {
  return { ...commit, oldOid: '0'.repeat(commit.oldOid.length) }
}

/** @throws Error with the answer when it does not say that the ref moved */
export function checkAccepted(answer: Buffer, ref: string): void {
  const text = answer.toString('latin1')
  if (!text.includes('unpack ok\n') || !text.includes(`ok ${ref}\n`)) throw new Error(`push failed: ${text}`)
}

/** @throws Error with the answer when it does not say that the ref was refused */
export function checkRefused(answer: Buffer, ref: string): void {
  const text = answer.toString('latin1')
  if (!text.includes(`ng ${ref} `)) throw new Error(`push was not refused: ${text}`)
}

/**
 * Commits on top of the branch `main`, each on the one before and each changing one line.
 *
 * @param draft an own copy of the repository, which is written to
 * @param path of the file that changes
 */
export async function commitChain(draft: string, path: string, count: number): Promise<PushedCommit[]> {
  const { stdout: tip } = await git(['rev-parse', 'main'], { cwd: draft })
  const { stdout: text } = await git(['show', `main:${path}`], { cwd: draft })
  await git(['fast-import', '--quiet'], {
    cwd: draft,
    input: [...changes(path, text.split('\n'), count)].join(''),
  })
  const { stdout: oids } = await git(['rev-list', '--reverse', `${tip.trim()}..main`], { cwd: draft })
  const commits: PushedCommit[] = []
  let oldOid = tip.trim()
  for (const newOid of oids.trim().split('\n')) {
    commits.push({ oldOid, newOid, pack: await thinPack(draft, oldOid, newOid) })
    oldOid = newOid
  }
  return commits
}

function* changes(path: string, lines: readonly string[], count: number): Generator<string> {
  for (let at = 0; at < count; at++) {
    const content = lines.with(at % lines.length, `changed by commit ${at}`).join('\n')
    yield `commit refs/heads/main\ncommitter ${PERSON} ${START_SECONDS + at} +0000\ndata 7\ncommit\n`
    if (at === 0) yield 'from refs/heads/main^0\n'
    yield `M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\n`
  }
}

async function thinPack(repository: string, oldOid: string, newOid: string): Promise<Buffer> {
  const args = ['pack-objects', '--thin', '--stdout', '--revs', '--delta-base-offset', '-q']
  const { stdout } = await gitBytes(args, { cwd: repository, input: `${newOid}\n^${oldOid}\n` })
  return stdout
}
