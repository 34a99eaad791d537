/**
 * Tokens in one file that short-lived processes of one user share. What it finds there is believed only
 * when nobody else can have put it there. Node.js only.
 */
import { createHash } from 'node:crypto'
import { isAbsolute, join } from 'node:path'
import type { Clock, CredentialStore, KeptToken } from '../credential.ts'
import { homeDirectory } from './home-directory.ts'
import { withLockFile } from './lock-file.ts'
import { hasPrivateDirectory, readPrivateFile, writePrivateFile } from './private-file.ts'
import { parseTokens, type StoredToken, writeTokens } from './stored-tokens.ts'

export interface DiskStoreOptions {
  /** The file; its directory is made, for its owner alone. */
  readonly path: string
  /**
   * Whose tokens these are, e.g. the server and the account: what was got with one login is never handed
   * to another.
   */
  readonly identity: string
  readonly clock?: Clock
}

/** Where the tokens of a user's processes lie. @param env as `process.env` */
export function tokenFile(env: Readonly<Record<string, string | undefined>>): string {
  const configured = env['XDG_CACHE_HOME'] ?? ''
  const base = isAbsolute(configured) ? configured : join(homeDirectory(env), '.cache')
  return join(base, 'sluice', 'tokens.json')
}

export class DiskStore implements CredentialStore {
  readonly #path: string
  readonly #identity: string
  readonly #clock: Clock

  constructor({ path, identity, clock = Date }: DiskStoreOptions) {
    this.#path = path
    this.#identity = identity
    this.#clock = clock
  }

  async get(key: string): Promise<KeptToken | null> {
    const tokens = await this.#read().catch(orNothing)
    return tokens?.get(this.#nameOf(key)) ?? null
  }

  async put(key: string, kept: KeptToken): Promise<void> {
    await this.#change((tokens) => {
      tokens.set(this.#nameOf(key), { ...kept, since: this.#clock.now() })
      return true
    })
  }

  async delete(key: string, rejected?: string): Promise<void> {
    await this.#change((tokens) => {
      const name = this.#nameOf(key)
      return (rejected === undefined || tokens.get(name)?.token === rejected) && tokens.delete(name)
    })
  }

  async exclusively<T>(key: string, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const isUsable = await hasPrivateDirectory(this.#path).catch(() => false)
    return isUsable ? withLockFile(`${this.#path}.${this.#nameOf(key)}.lock`, work, signal) : work()
  }

  /** @param edit answers whether there is something to write */
  async #change(edit: (tokens: Map<string, StoredToken>) => boolean): Promise<void> {
    const rewrite = async () => {
      const tokens = (await this.#read().catch(orNothing)) ?? new Map<string, StoredToken>()
      if (edit(tokens)) await writePrivateFile(this.#path, writeTokens(tokens, this.#clock.now()))
    }
    const isUsable = await hasPrivateDirectory(this.#path).catch(() => false)
    if (isUsable) await withLockFile(`${this.#path}.lock`, rewrite).catch(orNothing)
  }

  async #read(): Promise<Map<string, StoredToken> | null> {
    const isUsable = await hasPrivateDirectory(this.#path)
    const text = isUsable ? await readPrivateFile(this.#path) : null
    return text === null ? null : parseTokens(text, this.#clock.now())
  }

  /** Keys of other identities differ in it, and what a file is named after is nobody's business. */
  #nameOf(key: string): string {
    return createHash('sha256')
      .update(JSON.stringify([this.#identity, key]))
      .digest('hex')
      .slice(0, 32)
  }
}

/** A disk that does not work costs an exchange, not the command. */
function orNothing(error: unknown): null {
  if (error instanceof Error && 'syscall' in error) return null
  throw error
}
