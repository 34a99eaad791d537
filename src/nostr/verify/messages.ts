/** What the server and a thread that verifies say to each other. */

/** Given to a thread at its start. */
export interface WorkerData {
  /** URL of the module of the curve, which a bundled script cannot find by itself: it reads a file beside it. */
  readonly curve: string
}

/** Of one event: what was signed, and what is claimed about it. Texts, which cross threads much faster than objects. */
export interface Claim {
  /** As `signedText` gives it. */
  readonly text: string
  readonly id: string
  readonly pubkey: string
  readonly sig: string
}

export interface ToWorker {
  readonly batch: number
  readonly claims: readonly Claim[]
}

export interface FromWorker {
  readonly batch: number
  /** In the order of the claims. */
  readonly genuine: readonly boolean[]
}
