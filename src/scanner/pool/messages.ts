/** What the server and a scan worker say to each other. */
import type { ObjectFindings } from '../finding.ts'
import type { RuleSet } from '../rule.ts'

/** Given to a worker at its start. */
export interface WorkerData {
  readonly ruleSets: readonly RuleSet[]
}

/** `scan` numbers the scans of a worker; the first piece begins one. `memory` changes hands. */
export type ToWorker =
  | {
      readonly kind: 'piece'
      readonly scan: number
      readonly version: string
      readonly memory: ArrayBuffer
      readonly bytes: number
    }
  | { readonly kind: 'end'; readonly scan: number; readonly version: string }
  | { readonly kind: 'drop'; readonly scan: number }

export type FromWorker =
  | { readonly kind: 'taken'; readonly scan: number; readonly memory: ArrayBuffer; readonly bytes: number }
  | { readonly kind: 'found'; readonly scan: number; readonly objects: readonly ObjectFindings[] }
  | { readonly kind: 'failed'; readonly scan: number; readonly message: string }
