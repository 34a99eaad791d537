/** One `git upload-pack`, from the rest of a request to the end of its answer; memory stays flat. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { ByteSource } from '../../git/byte-source.ts'
import type { GitSpec, PumpedProcess } from '../../git/launcher/launcher.ts'
import { PackfileRemark } from '../../git/wire/packfile-remark.ts'
import { bodyOf, sendHead } from '../../http/streamed-answer.ts'
import { AppError } from '../../kernel/errors.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { ProtocolVersion } from './protocol.ts'

export interface FetchParts {
  /** Waits for a launcher that is being restarted; carries what git writes into `into`. */
  readonly startGit: (into: Writable, spec: GitSpec, opts: { signal: AbortSignal }) => Promise<PumpedProcess>
  /** Ref prefixes that no client sees. */
  readonly hiddenRefs: readonly string[]
  readonly maxFetchMs: number
}

export interface Fetch {
  readonly repo: RepoHandle
  readonly version: ProtocolVersion
  /** What was read of the request already. */
  readonly start: Buffer
  readonly body: ByteSource
  /** For the person at the other end, in protocol v2. */
  readonly remark: string | null
  readonly signal: AbortSignal
}

/** @throws AppError what was wrong with the body, `GIT_FAILED` or `LAUNCHER_LOST`, while nothing was sent yet */
export async function streamFetch(parts: FetchParts, fetch: Fetch, reply: FastifyReply): Promise<void> {
  // the head goes out with git's first bytes: until then the answer may still become an error
  const into = fetch.remark === null ? bodyOf(reply) : bodyOf(reply, new PackfileRemark(fetch.remark).pass)
  const git = await parts.startGit(into, uploadPackSpec(parts, fetch), { signal: fetch.signal })
  let fault: unknown = null
  feed(git.stdin, fetch, (err) => {
    fault = err
  })
  try {
    await git.written
  } catch {
    return void reply.hijack() // the client is gone: nobody is left to tell
  }
  if (reply.raw.headersSent) return await endAnswer(git, reply.raw)
  const exit = await git.exited
  if (fault instanceof AppError) throw fault
  if (exit.code !== 0) throw new AppError('GIT_FAILED', { cause: new Error(`upload-pack: ${exit.stderr}`) })
  sendHead(reply)
  reply.raw.end()
}

/** git that is killed has not said all; a refusal of its own, with an exit code, is whole. */
async function endAnswer(git: PumpedProcess, response: ServerResponse): Promise<void> {
  const isWhole = await git.exited.then(
    ({ code }) => code !== null,
    () => false,
  )
  if (isWhole) response.end()
  else response.destroy()
}

/** Of a request to which git writes its whole answer. */
export function uploadPackSpec(
  { hiddenRefs, maxFetchMs }: Pick<FetchParts, 'hiddenRefs' | 'maxFetchMs'>,
  { repo, version }: Pick<Fetch, 'repo' | 'version'>,
): GitSpec {
  const settings = [
    'uploadpack.allowFilter=true',
    'uploadpack.allowSidebandAll=true',
    // its argument is any revision at all: a search through history, or a ref that is hidden
    'uploadpackfilter.sparse:oid.allow=false',
    'uploadpack.allowTipSHA1InWant=true',
    'uploadpack.allowReachableSHA1InWant=true',
    'transfer.advertiseObjectInfo=true',
    ...hiddenRefs.map((prefix) => `uploadpack.hideRefs=${prefix.replace(/\/$/, '')}`),
  ]
  return {
    cwd: repo.path,
    args: [...settings.flatMap((setting) => ['-c', setting]), 'upload-pack', '--stateless-rpc', '.'],
    env: { GIT_PROTOCOL: version === 0 ? '' : `version=${version}` },
    wallMs: maxFetchMs,
  }
}

/** git may end before it has read everything; its exit tells the story, EPIPE does not. */
function feed(stdin: Writable, { start, body }: Fetch, onFault: (err: unknown) => void): void {
  stdin.on('error', () => {})
  const copy = async () => {
    for (let chunk: Buffer | null = start; chunk !== null; chunk = await body.readSome()) {
      if (!stdin.write(chunk)) await once(stdin, 'drain')
    }
    stdin.end()
  }
  copy().catch((err: unknown) => {
    onFault(err)
    stdin.destroy()
  })
}
