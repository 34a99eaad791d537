/**
 * Logins of a person on this machine, one file a server, readable by that person alone. Written by
 * `sluice login`, read by the command and by git's helpers. Not for servers, and not for browsers.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
import { readdir, rm } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { homeDirectory } from '../disk/home-directory.ts'
import { withLockFile } from '../disk/lock-file.ts'
import { hasPrivateDirectory, readPrivateFile, writePrivateFile } from '../disk/private-file.ts'

export interface Login {
  /** Base URL, without a slash at its end. */
  readonly server: string
  readonly token: string
  /** Milliseconds since 1970; `null`: nobody said. */
  readonly expiresAt: number | null
  /** `null`: the login ends with its token. */
  readonly refreshToken: string | null
  readonly account: { readonly id: string | null; readonly displayName: string }
  /** Milliseconds since 1970. */
  readonly signedInAt: number
}

/** The file of a login cannot be used: others may read it, or it is none. The message says what to do. */
export class LoginFileError extends Error {
  override readonly name = 'LoginFileError'
}

const SUFFIX = '.json'
const AGAIN = 'remove it and sign in again'

/** Where logins are kept. @param env as `process.env` */
export function loginDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const configured = env['XDG_CONFIG_HOME'] ?? ''
  const base = isAbsolute(configured) ? configured : join(homeDirectory(env), '.config')
  return join(base, 'sluice', 'logins')
}

/** @throws TypeError for anything that is no http address */
export function parseServer(text: string): string {
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new TypeError('not an http address')
  return (url.origin + url.pathname).replace(/\/+$/, '')
}

export class LoginFiles {
  readonly directory: string

  constructor(directory: string) {
    this.directory = directory
  }

  /** @throws LoginFileError */
  async read(server: string): Promise<Login | null> {
    const path = this.pathOf(server)
    const text = await readIfThere(path)
    if (text === undefined) return null
    if (text === null) throw new LoginFileError(`${path} can be reached by others; ${AGAIN}`)
    const login = parseLogin(text)
    if (login?.server !== server) throw new LoginFileError(`${path} is no login; ${AGAIN}`)
    return login
  }

  /**
   * Whole or not at all: whoever reads meanwhile finds the one before.
   *
   * @throws LoginFileError
   */
  async write(login: Login): Promise<void> {
    const path = this.pathOf(login.server)
    if (!(await hasPrivateDirectory(path)))
      throw new LoginFileError(`${this.directory} can be written by others; set its mode to 0700`)
    await withLockFile(`${path}.lock`, () => writePrivateFile(path, `${JSON.stringify(login, null, 2)}\n`))
  }

  /** Runs while no other process renews the same login. */
  whileRenewing<T>(server: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return withLockFile(`${this.pathOf(server)}.renewing`, work, signal)
  }

  /** @returns whether there was one */
  async forget(server: string): Promise<boolean> {
    return rm(this.pathOf(server)).then(
      () => true,
      (err: NodeJS.ErrnoException) => {
        if (err.code === 'ENOENT') return false
        throw err
      },
    )
  }

  /** Latest login first; those that cannot be read are left out. */
  async list(): Promise<readonly Login[]> {
    const names = await readdir(this.directory).catch(() => [])
    const files = names.filter((name) => name.endsWith(SUFFIX))
    const logins = await Promise.all(files.map((name) => this.#readFile(name).catch(() => null)))
    return logins.filter((login) => login !== null).sort((a, b) => b.signedInAt - a.signedInAt)
  }

  pathOf(server: string): string {
    return join(this.directory, encodeURIComponent(server) + SUFFIX)
  }

  async #readFile(name: string): Promise<Login | null> {
    return this.read(decodeURIComponent(name.slice(0, -SUFFIX.length)))
  }
}

/** `undefined`: absent; `null`: not to be believed. */
async function readIfThere(path: string): Promise<string | null | undefined> {
  try {
    return await readPrivateFile(path)
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'ELOOP') return null
    throw err
  }
}

function parseLogin(text: string): Login | null {
  try {
    const login = JSON.parse(text) as Partial<Login>
    return typeof login.server === 'string' && typeof login.token === 'string' ? (login as Login) : null
  } catch {
    return null
  }
}
