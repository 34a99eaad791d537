/** An answer to a fetch that needs no process of its own: its bytes are on disk, or are being written there. */
import type { Writable } from 'node:stream'

export interface ReadyAnswer extends AsyncDisposable {
  /** Bytes of all that will be written; `null`: nobody knows yet. */
  readonly length: number | null
  /**
   * Writes the whole answer, from its first packet to the last flush; `into` is not ended. Each chunk is
   * left alone until its write callback is called. Called once.
   *
   * @throws Error: what was written is no whole answer (`into` closed; a file that is shorter than it
   *   should be; whoever makes it failed). Where nothing was written yet, the next way may be tried.
   */
  writeInto(into: Writable): Promise<void>
}
