/** Why the server does not start: all that is wrong with its settings, at once. For its operator, not for clients. */

export interface ConfigFault {
  /** Name of the variable. */
  readonly name: string
  readonly message: string
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map((fault) => `  ${fault.name}: ${fault.message}`)
    super(['the settings cannot be used:', ...lines].join('\n'))
    this.faults = faults
  }
}
