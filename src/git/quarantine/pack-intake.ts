/**
 * Takes a pack into a quarantine. git unpacks and checks it, under limits: the same rules as
 * `receive.fsckObjects`. The pack stays a stream.
 *
 * @see git-receive-pack(1), git-unpack-objects(1), git-index-pack(1)
 */
import { finished, type Readable } from 'node:stream'
import { AppError } from '../../kernel/errors.ts'
import type { ReceiveOptions } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { isEmptyPack } from './empty-pack.ts'
import type { GitExit, GitProcess } from '../launcher/git-process.ts'
import type { GitSpec, Launcher } from '../launcher/launcher.ts'
import { objectView } from './object-view.ts'
import { packRejected } from './pack-fault.ts'
import { readExactly } from './read-exactly.ts'
import { PACK_HEADER_BYTES, parsePackHeader } from '../wire/pack-header.ts'
import { ProgressLines } from '../wire/progress-lines.ts'

export interface PackLimits {
  /** Bytes on the wire. */
  readonly maxPackBytes: number
  /** Address space of the receiving git: a delta bomb of 1 KB wants more than a gigabyte. */
  readonly memoryBytes: number
  readonly cpuSeconds: number
}

export const PACK_LIMITS: PackLimits = {
  maxPackBytes: 10 * 1024 ** 3,
  memoryBytes: 1024 ** 3,
  cpuSeconds: 1_800,
}

/** Fewer objects are stored loose, as by git's `receive.unpackLimit`. */
const UNPACK_LIMIT = 100
/** A few large blobs are better left in their pack than deflated anew. */
const MAX_LOOSE_BYTES = 8 * 1024 * 1024
/** Faults of old tools that stand in many public histories and harm nobody. */
const TOLERATED = ['badTimezone', 'missingSpaceBeforeDate', 'zeroPaddedFilemode']
const STRICT = `--strict=${TOLERATED.map((id) => `${id}=ignore`).join(',')}`
const CONFIG = [
  ['core.fsync', 'none'], // all files of the quarantine are forced to disk at once, later
  ['core.bigFileThreshold', '8m'], // bigger blobs stream through instead of standing in memory
  ['core.deltaBaseCacheLimit', '32m'],
].flatMap(([key, value]) => ['-c', `${key}=${value}`])
const PROGRESS = /^[A-Z][\w ]+: +\d+/

/**
 * @param directory object directory that takes the objects
 * @throws AppError `PACK_REJECTED` with `details: { reason, missing }`, the rest of the pack unread;
 *   `LAUNCHER_LOST`; the error of the pack's own stream; the reason of `signal`
 */
export async function takePack(
  launcher: Launcher,
  repo: RepoHandle,
  directory: string,
  pack: Readable,
  opts: ReceiveOptions & { readonly limits: PackLimits },
): Promise<void> {
  const header = await readExactly(pack, PACK_HEADER_BYTES)
  const { objects } = parsePackHeader(header)
  if (objects === 0 && (await isEmptyPack(pack, header, repo.objectFormat))) return drain(pack)
  if (objects === 0) throw new AppError('PACK_REJECTED', { details: { reason: 'pack is corrupted' } })
  pack.unshift(header)
  await launcher.ready()
  const spec = intakeSpec(repo, directory, objects, opts)
  const git = launcher.start(spec, opts.signal ? { signal: opts.signal } : {})
  const exit = await feed(pack, git)
  opts.signal?.throwIfAborted()
  if (exit.code !== 0) throw packRejected(exit)
  await drain(pack)
}

function intakeSpec(
  repo: RepoHandle,
  directory: string,
  objects: number,
  {
    limits,
    progress,
    maxBytes = Infinity,
    announcedBytes = 0,
  }: ReceiveOptions & { readonly limits: PackLimits },
): GitSpec {
  const few = objects < UNPACK_LIMIT && announcedBytes <= MAX_LOOSE_BYTES
  const command = few
    ? ['unpack-objects', '-q', STRICT]
    : ['index-pack', '--stdin', '--fix-thin', STRICT, ...(progress ? ['--show-resolving-progress'] : [])]
  return {
    cwd: repo.path,
    args: [...CONFIG, ...command, `--max-input-size=${Math.min(limits.maxPackBytes, maxBytes)}`],
    env: { ...objectView(repo, directory), GIT_QUARANTINE_PATH: directory },
    memoryBytes: limits.memoryBytes,
    cpuSeconds: limits.cpuSeconds,
    ...(progress && !few ? { stderr: progressFrom(progress) } : {}),
  }
}

/** Only progress goes out live: what git says of faults may name paths of the server. */
function progressFrom(progress: (text: string) => void): (text: string) => void {
  const lines = new ProgressLines()
  return (text) => {
    for (const line of lines.take(Buffer.from(text))) if (PROGRESS.test(line)) progress(line)
  }
}

/** git may end before the pack does; the pack's sender may vanish before git ends. */
async function feed(pack: Readable, git: GitProcess): Promise<GitExit> {
  let stopWatching = () => {}
  const broken = new Promise<never>((_resolve, reject) => {
    stopWatching = finished(pack, { writable: false }, (err) => err && reject(err))
  })
  try {
    git.stdout.resume() // unpack-objects echoes what follows the pack
    pack.pipe(git.stdin)
    return await Promise.race([git.exited, broken])
  } catch (err) {
    git.kill()
    await git.exited.catch(() => {}) // it writes until then, into a directory that is about to be removed
    throw err
  } finally {
    pack.unpipe(git.stdin)
    stopWatching()
  }
}

async function drain(pack: Readable): Promise<void> {
  if (pack.readableEnded) return
  pack.resume()
  await new Promise<void>((resolve, reject) => {
    finished(pack, { writable: false }, (err) => (err ? reject(err) : resolve()))
  })
}
