/** Parameters of an OAuth request. @see RFC 6749, sections 3.2 and 4 */
import { AppError } from '../../kernel/errors.ts'

/** Only these may come more than once. @see RFC 8693 section 2.1, RFC 8707 section 2 */
const REPEATABLE = new Set(['audience', 'resource'])

export class OAuthForm {
  readonly #values: ReadonlyMap<string, readonly string[]>

  /**
   * A parameter without a value counts as absent.
   *
   * @param body application/x-www-form-urlencoded
   * @throws AppError `OAUTH_INVALID_REQUEST` for a repeated parameter
   * @see RFC 6749, section 3.2
   */
  constructor(body: string) {
    const values = new Map<string, string[]>()
    for (const [name, value] of new URLSearchParams(body)) {
      const known = values.get(name)
      if (known && !REPEATABLE.has(name)) throw invalidRequest('a parameter comes more than once')
      if (known) known.push(value)
      else values.set(name, [value])
    }
    this.#values = values
  }

  /** `null` when absent or empty. */
  get(name: string): string | null {
    return this.#values.get(name)?.find((value) => value !== '') ?? null
  }

  all(name: string): readonly string[] {
    return (this.#values.get(name) ?? []).filter((value) => value !== '')
  }

  /** @throws AppError `OAUTH_INVALID_REQUEST` */
  require(name: string): string {
    const value = this.get(name)
    if (value === null) throw invalidRequest(`${name} is missing`)
    return value
  }
}

/** @param reason nothing of the client's: it may hold a secret */
export function invalidRequest(reason: string): AppError {
  return new AppError('OAUTH_INVALID_REQUEST', { details: { reason } })
}
