/** The scan has told what it found; only its exit code is left to say. */

export class SecretsFound extends Error {
  override readonly name = 'SecretsFound'

  constructor() {
    super('secrets were found')
  }
}
