/**
 * Files with secrets that git and ssh read while they run: 0600, below a 0700 directory of this run, and removed
 * right after. Nothing here outlives an operation; see the store for where secrets live.
 */
import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { namesIn } from '../names-in.ts'
import { mayBeRunning, newInstanceName } from '../quarantine/instance.ts'

export interface WrittenFiles extends AsyncDisposable {
  /** Absolute path of one of them. */
  pathOf(name: string): string
}

/** A server of another machine is taken for dead when its directory did not change for this long. */
const ABANDONED_MS = 24 * 3600_000

/**
 * Removes what servers that are gone have left behind.
 *
 * @param directory made if it is not there; several servers may share it
 */
export async function openPrivateFiles(directory: string): Promise<PrivateFiles> {
  const run = newInstanceName()
  await mkdir(join(directory, run), { recursive: true, mode: 0o700 })
  await chmod(directory, 0o700) // it may be older than this rule
  for (const other of await namesIn(directory)) {
    if (other !== run && (await isGone(directory, other, run))) await remove(join(directory, other))
  }
  return new PrivateFiles(join(directory, run))
}

export class PrivateFiles implements AsyncDisposable {
  /** Of this run; absolute. */
  readonly directory: string
  #written = 0

  /** Not for direct use: see `openPrivateFiles`. */
  constructor(directory: string) {
    this.directory = directory
  }

  /**
   * Dispose of them when nobody reads them any more.
   *
   * @param contentsOf gives texts by name; they may name each other by `pathOf`
   */
  async write(
    contentsOf: (pathOf: WrittenFiles['pathOf']) => Readonly<Record<string, string>>,
  ): Promise<WrittenFiles> {
    const directory = join(this.directory, String(++this.#written))
    const pathOf = (name: string) => join(directory, name)
    const contents = contentsOf(pathOf)
    await mkdir(directory, { mode: 0o700, recursive: true })
    try {
      for (const [name, text] of Object.entries(contents))
        await writeFile(pathOf(name), text, { mode: 0o600, flag: 'wx' })
    } catch (err) {
      await remove(directory)
      throw err
    }
    return { pathOf, [Symbol.asyncDispose]: () => remove(directory) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await remove(this.directory)
  }
}

async function isGone(directory: string, other: string, self: string): Promise<boolean> {
  if (!mayBeRunning(other, self)) return true
  const found = await stat(join(directory, other)).catch(() => null)
  return found !== null && Date.now() - found.mtimeMs > ABANDONED_MS
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
}
