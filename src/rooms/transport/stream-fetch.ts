/** One `git upload-pack`, from the rest of a request to the end of its answer; memory stays flat. */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FastifyReply } from 'fastify'
import type { ByteSource } from '../../git/byte-source.ts'
import type { GitProcess } from '../../git/launcher/git-process.ts'
import type { GitSpec } from '../../git/launcher/launcher.ts'
import { AppError } from '../../kernel/errors.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { ProtocolVersion } from './protocol.ts'

export interface FetchParts {
  readonly startGit: (spec: GitSpec, opts: { signal: AbortSignal }) => GitProcess
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
  readonly signal: AbortSignal
}

/** @throws AppError what was wrong with the body, or `GIT_FAILED`, while nothing was sent yet */
export async function streamFetch(parts: FetchParts, fetch: Fetch, reply: FastifyReply): Promise<void> {
  const git = parts.startGit(uploadPack(parts, fetch), { signal: fetch.signal })
  let fault: unknown = null
  feed(git.stdin, fetch, (err) => {
    fault = err
  })
  const isEmpty = await endsBeforeFirstByte(git)
  if (isEmpty) {
    const exit = await git.exited
    if (fault instanceof AppError) throw fault
    if (exit.code !== 0) throw new AppError('GIT_FAILED', { cause: new Error(`upload-pack: ${exit.stderr}`) })
  }
  reply.hijack()
  reply.raw.writeHead(200, reply.getHeaders() as Record<string, string>)
  try {
    await pipeline(git.stdout, reply.raw)
  } catch {
    git.kill() // the client is gone, or git is: either way nobody is left to tell
  }
}

function uploadPack({ hiddenRefs, maxFetchMs }: FetchParts, { repo, version }: Fetch): GitSpec {
  const settings = [
    'uploadpack.allowFilter=true',
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

async function endsBeforeFirstByte({ stdout }: GitProcess): Promise<boolean> {
  while (stdout.readableLength === 0) {
    if (stdout.readableEnded || stdout.destroyed) return true
    await new Promise<void>((resolve) => {
      const events = ['readable', 'end', 'close', 'error'] as const
      const wake = () => {
        for (const event of events) stdout.off(event, wake)
        resolve()
      }
      for (const event of events) stdout.on(event, wake)
    })
  }
  return false
}
