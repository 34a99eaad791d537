/** Looks for secrets in a stream of objects, one after the other. */
import type { ObjectFindings } from '../finding.ts'
import { BatchReader } from './batch-reader.ts'
import type { CompiledRules } from './compiled-rules.ts'
import { ObjectScan } from './object-scan.ts'
import { TreeNames } from './tree-names.ts'

/** Findings of one scan that are told one by one; of further objects only that they have some. */
const MAX_FINDINGS = 10_000

export class BatchScan {
  readonly #rules: CompiledRules
  readonly #reader: BatchReader
  readonly #objects: ObjectFindings[] = []
  #findings = 0
  #oid = ''
  #scan: ObjectScan
  #names: TreeNames | null = null

  constructor(rules: CompiledRules) {
    this.#rules = rules
    this.#scan = new ObjectScan(rules)
    this.#reader = new BatchReader({
      begin: (oid, type) => this.#begin(oid, type),
      data: (piece, last) => this.#data(piece, last),
    })
  }

  /** @throws Error: not the output of `git cat-file --batch` */
  write(piece: Buffer): void {
    this.#reader.write(piece)
  }

  /** @returns objects with findings, in order @throws Error: it ended within an object */
  end(): readonly ObjectFindings[] {
    this.#reader.end()
    return this.#objects
  }

  #begin(oid: string, type: string): void {
    this.#oid = oid
    this.#scan = new ObjectScan(this.#rules)
    this.#names = type === 'tree' ? new TreeNames(oid.length) : null
  }

  #data(piece: Buffer, last: boolean): void {
    this.#scan.write(this.#names === null ? piece : this.#names.namesIn(piece), last)
    if (last) this.#note(this.#scan.end())
  }

  #note({ findings, more }: Omit<ObjectFindings, 'oid'>): void {
    if (findings.length === 0) return
    const told = findings.slice(0, MAX_FINDINGS - this.#findings)
    this.#findings += told.length
    this.#objects.push({ oid: this.#oid, findings: told, more: more || told.length < findings.length })
  }
}
