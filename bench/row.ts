/** What a row of the bench is, and what it gets to work with. */
import type { Figure } from './figure.ts'
import type { Inputs } from './inputs/inputs.ts'

export interface Row {
  /** As given on the command line. */
  readonly name: string
  readonly title: string
  /** How it is measured, in a sentence or two, for the reader of the table. */
  readonly method: string
  /** It takes so long that a run without names leaves it out. */
  readonly onlyWhenAsked?: true
  measure(parts: RowParts): Promise<Measured>
}

export interface Measured {
  readonly figures: readonly Figure[]
  /** What this run worked on, where it can differ from run to run. */
  readonly note?: string
}

export interface RowParts {
  /** Checkout whose build is measured. */
  readonly root: string
  /** Empty at first and removed afterwards. */
  readonly scratch: string
  /** Rounds that count. */
  readonly rounds: number
  readonly inputs: Inputs
  readonly progress: (text: string) => void
}
