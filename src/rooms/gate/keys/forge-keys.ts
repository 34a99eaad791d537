/**
 * Deploy keys of one repository at a forge. Gitea, Forgejo and GitHub have the same three calls; they differ in
 * headers and in how pages are asked for.
 *
 * @see Gitea API: repoCreateKey, repoListKeys, repoDeleteKey; GitHub REST API: "Deploy keys"
 */
import { z } from 'zod'
import { AppError } from '../../../kernel/errors.ts'
import type { DeployKeyProvider } from '../../../store/upstreams/deploy-key-rows.ts'
import { askForge, type ForgeAnswer, type ForgeCall, type ForgeExchangeParts } from './forge-exchange.ts'
import { faultOf, type ForgeFault } from './forge-fault.ts'

export interface ForgeRepository {
  readonly provider: DeployKeyProvider
  /** As `apiRoot` gives it. */
  readonly apiUrl: string
  readonly ca: string | null
  /** `<owner>/<name>` */
  readonly remotePath: string
  readonly token: string
}

export type Registered =
  | { readonly kind: 'registered'; readonly id: string }
  /** There is no such key at the forge. */
  | { readonly kind: 'refused'; readonly error: AppError }
  /** There may be one. */
  | { readonly kind: 'unknown'; readonly error: AppError }

/** It becomes a step of a URL that is deleted: `..` would be the repository. */
const Id = z.union([z.int().nonnegative(), z.string().regex(/^[0-9A-Za-z][0-9A-Za-z-]*$/)])
const Key = z.object({ id: Id, title: z.string() })
const Keys = z.array(Key)

const PAGE_KEYS = 50
/** A repository with more keys is none of ours to understand. */
const MAX_PAGES = 100

export class ForgeKeys {
  readonly #parts: ForgeExchangeParts
  readonly #forge: ForgeRepository

  constructor(parts: ForgeExchangeParts, forge: ForgeRepository) {
    this.#parts = parts
    this.#forge = forge
  }

  /** A key that may push. @param publicKey `<algorithm> <base64>` */
  async register(title: string, publicKey: string, signal?: AbortSignal): Promise<Registered> {
    const answer = await this.#ask('POST', '', { title, key: publicKey, read_only: false }, signal)
    if (answer.kind === 'answered' && answer.status === 201) {
      const made = Key.safeParse(answer.json)
      const id = made.success ? String(made.data.id) : await this.#find(title, signal)
      return id === null ? this.#unknown(title, answer) : { kind: 'registered', id }
    }
    if (answer.kind === 'failed' ? answer.isSent : answer.status >= 500) return this.#unknown(title, answer)
    return { kind: 'refused', error: this.#error(faultOf(answer), title) }
  }

  /**
   * @param key of which the id is not known where the forge may have it all the same: then it is found by its title
   * @throws AppError `UPSTREAM_UNAVAILABLE`, `UNPROCESSABLE`, `OUTBOUND_REFUSED`: it may still be there
   */
  async remove(
    key: { readonly id: string | null; readonly title: string },
    signal?: AbortSignal,
  ): Promise<void> {
    const id = key.id ?? (await this.#find(key.title, signal))
    if (id === null) return
    const answer = await this.#ask('DELETE', `/${encodeURIComponent(id)}`, null, signal)
    if (answer.kind === 'answered' && (isDone(answer) || answer.status === 404)) return
    throw this.#error(faultOf(answer), key.title)
  }

  /** @returns its id; `null`: there is none of this title, or no such repository */
  async #find(title: string, signal?: AbortSignal): Promise<string | null> {
    for (let page = 1; page <= MAX_PAGES; page++) {
      const size = this.#forge.provider === 'github' ? 'per_page' : 'limit'
      const answer = await this.#ask('GET', `?${size}=${PAGE_KEYS}&page=${page}`, null, signal)
      if (answer.kind === 'answered' && answer.status === 404) return null
      if (answer.kind === 'failed' || !isDone(answer)) throw this.#error(faultOf(answer), title)
      const keys = Keys.safeParse(answer.json)
      if (!keys.success) break
      if (keys.data.length === 0) return null
      const found = keys.data.find((key) => key.title === title)
      if (found) return String(found.id)
    }
    const reason = 'the forge does not list its keys in a form that is understood'
    throw this.#error({ code: 'UPSTREAM_UNAVAILABLE', reason }, title)
  }

  async #ask(
    method: ForgeCall['method'],
    tail: string,
    body: object | null,
    signal?: AbortSignal,
  ): Promise<ForgeAnswer> {
    const { apiUrl, remotePath, ca } = this.#forge
    const path = remotePath.split('/').map(encodeURIComponent).join('/')
    const url = new URL(`${apiUrl}/repos/${path}/keys${tail}`)
    return askForge(this.#parts, { method, url, headers: headersOf(this.#forge), body, ca }, signal)
  }

  #unknown(title: string, answer: ForgeAnswer): Registered {
    return { kind: 'unknown', error: this.#error(faultOf(answer), title) }
  }

  #error({ code, reason }: ForgeFault, title: string): AppError {
    const { apiUrl, remotePath: repository } = this.#forge
    const upstream = new URL(apiUrl).host
    return new AppError(code, { details: { reason, upstream, repository, title } })
  }
}

function isDone({ status }: { readonly status: number }): boolean {
  return status >= 200 && status < 300
}

function headersOf({ provider, token }: ForgeRepository): Record<string, string> {
  if (provider !== 'github')
    return { accept: 'application/json', authorization: `token ${token}`, 'user-agent': 'sluice' }
  return {
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${token}`,
    'user-agent': 'sluice',
    'x-github-api-version': '2022-11-28',
  }
}
