/** Chooses which SQL the server shall plan once per connection: that costs more than running it. */

/** Lists make a text per set of filters; beyond this many they are planned each time. */
const MAX_NAMES = 200

export class StatementNames {
  readonly #names = new Map<string, string>()

  /**
   * @returns `undefined` for what is better planned each time: `*` among it, since a prepared
   *   `select *` fails for good when a newer server adds a column
   */
  of(sql: string): string | undefined {
    const known = this.#names.get(sql)
    if (known !== undefined || sql.includes('*') || this.#names.size >= MAX_NAMES) return known
    const name = `sluice_${this.#names.size}`
    this.#names.set(sql, name)
    return name
  }
}
