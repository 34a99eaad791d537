/** Files that git reads because trees of a push name them so: their content, from the pack or from the repository. */
import type { Oid } from '../../kernel/ids.ts'
import { isSoundFile, type ReadFile } from '../fsck/check-object.ts'
import type { HashedObject } from '../quarantine/hashed-object.ts'
import type { KnownObjects } from './known-objects.ts'

/** Those that people write are a hundred times smaller. */
const MAX_FILE_BYTES = 64 * 1024

export class ReadFiles {
  readonly #pushed: ReadonlyMap<Oid, Pick<HashedObject, 'content'>>
  readonly #known: Pick<KnownObjects, 'read'>
  /** A file that stays as it is stands in many trees of a push. */
  readonly #sound = new Set<string>()

  constructor(pushed: ReadonlyMap<Oid, Pick<HashedObject, 'content'>>, known: Pick<KnownObjects, 'read'>) {
    this.#pushed = pushed
    this.#known = known
  }

  /** @returns whether git has nothing against it; `false` for one that it has to read itself */
  isSound({ oid, name }: ReadFile): boolean {
    const key = `${oid} ${name}`
    if (this.#sound.has(key)) return true
    const content = (this.#pushed.get(oid) ?? this.#known.read(oid, MAX_FILE_BYTES))?.content
    if (content === undefined || content.length > MAX_FILE_BYTES || !isSoundFile(name, content)) return false
    this.#sound.add(key)
    return true
  }
}
