/** The whole output of one `git diff-tree`, parsed as it comes: records of the files, then their patches. */
import { AppError } from '../../kernel/errors.ts'
import { DiffRecords } from './diff-records.ts'
import type { FileDiff } from './file-diff.ts'
import { PatchTexts, type PatchLimits } from './patch-texts.ts'

/** Room for about 100,000 changed files. */
const MAX_RECORD_BYTES = 24 * 1024 * 1024

export class DiffOutput {
  readonly #limits: PatchLimits
  readonly #records = new DiffRecords()
  #recordBytes = 0
  #rest: Buffer = Buffer.alloc(0)
  /** `null` while records come. */
  #patches: PatchTexts | null = null

  constructor(limits: PatchLimits) {
    this.#limits = limits
  }

  /** @returns `false` when no more is wanted */
  take(chunk: Buffer): boolean {
    if (this.#patches !== null) return this.#patches.take(chunk)
    this.#recordBytes += chunk.length
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let start = 0
    for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
      const field = bytes.subarray(start, end)
      start = end + 1
      if (!this.#records.take(field)) return this.#beginPatches(bytes.subarray(start))
    }
    this.#rest = bytes.subarray(start)
    return this.#recordBytes <= MAX_RECORD_BYTES
  }

  /**
   * @param whole git's output was read to its end
   * @throws AppError `UNPROCESSABLE`: too many files
   */
  files(whole: boolean): readonly FileDiff[] {
    if (!whole && this.#patches === null) {
      throw new AppError('UNPROCESSABLE', { details: { reason: 'too many files changed' } })
    }
    const patches = this.#patches?.end(whole) ?? []
    return this.#records.all().map(({ sections: _, ...record }, i) => ({
      ...record,
      patch: patches[i]?.text ?? null,
      truncated: patches[i]?.truncated ?? false,
    }))
  }

  #beginPatches(bytes: Buffer): boolean {
    this.#rest = Buffer.alloc(0)
    const sections = this.#records.all().map((record) => record.sections)
    this.#patches = new PatchTexts(sections, this.#limits)
    return this.#patches.take(bytes)
  }
}
