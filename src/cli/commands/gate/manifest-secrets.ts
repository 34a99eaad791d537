/** Secrets that a manifest names and does not hold: in a file, a variable, or a descriptor that was inherited. */
import { readFile, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'

export interface SecretPlaces {
  /** Of the manifest: paths are relative to it. */
  readonly directory: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The members of a key that say where its secret is. */
export const PLACES = ['path', 'env', 'fd'] as const
export type Place = (typeof PLACES)[number]

const MAX_CHARS = 64 * 1024

/** Why there is no secret, in words that may be shown. */
export class NoSecret extends Error {}

export class ManifestSecrets {
  readonly #places: SecretPlaces
  /** What a descriptor has given, as it gives it once. */
  readonly #read = new Map<number, string>()

  constructor(places: SecretPlaces) {
    this.#places = places
  }

  /** @throws NoSecret */
  async at(place: Place, named: unknown): Promise<string> {
    const secret = await this.#find(place, named)
    if (secret.trim() === '') throw new NoSecret('names a place that is empty')
    if (secret.length > MAX_CHARS) throw new NoSecret('names a place that holds too much')
    return secret
  }

  async #find(place: Place, named: unknown): Promise<string> {
    if (place === 'fd') return this.#ofDescriptor(named)
    if (typeof named !== 'string') throw new NoSecret('is no text')
    if (place === 'path') return await this.#ofFile(named)
    const secret = this.#places.env[named]
    if (secret === undefined) throw new NoSecret('names a variable that is not set')
    return secret
  }

  async #ofFile(path: string): Promise<string> {
    const file = resolve(this.#places.directory, path)
    return await promisify(readFile)(file, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
      throw new NoSecret(`names a file that cannot be read (${code ?? 'unknown'})`)
    })
  }

  #ofDescriptor(named: unknown): string {
    const fd = Number(named)
    if (!Number.isInteger(fd) || fd < 3) throw new NoSecret('is no descriptor: a number from 3 on')
    try {
      const secret = this.#read.get(fd) ?? readFileSync(fd, 'utf8')
      this.#read.set(fd, secret)
      return secret
    } catch (err) {
      const { code = 'unknown' } = err as NodeJS.ErrnoException
      throw new NoSecret(`names a descriptor that cannot be read (${code})`)
    }
  }
}
