/** A file of rules cannot be used. */

/** `message`: `file:line: what is wrong`, so that an editor finds it. */
export class RulesError extends Error {
  override readonly name = 'RulesError'

  constructor(fileName: string, line: number, what: string) {
    super(`${fileName}:${String(line)}: ${what}`)
  }
}
