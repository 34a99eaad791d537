/**
 * The answer to a push while it is being decided: progress and keep-alives as they come, remarks as
 * soon as a refusal is known, and one report at the very end. Knows nothing of why.
 *
 * @see gitprotocol-pack(5), "Report Status"
 */
import type { ServerResponse } from 'node:http'
import type { Capabilities } from '../../git/wire/capabilities.ts'
import { writeRemarks } from '../../git/wire/push-remarks.ts'
import { oneLine, writeReport } from '../../git/wire/report-status.ts'
import { BAND, KEEP_ALIVE, sideBand, sideBandOf } from '../../git/wire/side-band.ts'
import type { PushOutcome } from '../../kernel/update-refs.ts'
import { NO_CACHE } from './protocol.ts'

/** Tells a client whether a push that failed may be sent again. */
export type PushApplied = 'applied' | 'not-applied' | 'indeterminate'
export const APPLIED_HEADER = 'X-Sluice-Push-Outcome'

const KEEP_ALIVE_MS = 5_000

export class PushReply {
  readonly #response: ServerResponse
  readonly #capabilities: Capabilities
  #keepAlive: NodeJS.Timeout | null = null

  constructor(response: ServerResponse, capabilities: Capabilities) {
    this.#response = response
    this.#capabilities = capabilities
  }

  /** Something was sent: the status is 200 from here on, whatever comes. */
  get begun(): boolean {
    return this.#response.headersSent
  }

  /** Text of git for the person at the other end; nothing without side-band, or when they want quiet. */
  progress(text: string): void {
    const width = sideBandOf(this.#capabilities)
    if (width !== null && !this.#capabilities.has('quiet')) this.#write(sideBand(BAND.progress, text, width))
  }

  /** A line for the person at the other end, quiet or not; nothing without side-band. */
  remark(line: string): void {
    const width = sideBandOf(this.#capabilities)
    if (width !== null) this.#write(sideBand(BAND.progress, `${oneLine(line)}\n`, width))
  }

  /** Empty packets while the server works, so that nobody in between gives the connection up. */
  keepAlive(): Disposable {
    if (sideBandOf(this.#capabilities) !== null) {
      this.#keepAlive = setInterval(() => this.#write(KEEP_ALIVE), KEEP_ALIVE_MS)
    }
    return { [Symbol.dispose]: () => clearInterval(this.#keepAlive ?? undefined) }
  }

  /**
   * Why refs were refused and what to do next; may be said while the pack still arrives.
   *
   * @param opts.notes further lines. `quiet` does not keep them back: git asks for it wherever no terminal is
   */
  remarks(outcome: PushOutcome, opts: { json: boolean; notes: readonly string[] }): void {
    this.#write(writeRemarks(outcome, this.#capabilities, opts))
  }

  /** The report, and the end of the answer. `hangUpAfterMs`: the client is still sending, for nobody. */
  finish(outcome: PushOutcome, applied: PushApplied, opts: { hangUpAfterMs?: number } = {}): void {
    const report = writeReport(outcome, this.#capabilities)
    if (!this.begun) {
      this.#response.setHeader('Content-Length', report.length)
      this.#response.setHeader(APPLIED_HEADER, applied)
    } else if (this.#response.hasHeader('Trailer')) this.#response.addTrailers({ [APPLIED_HEADER]: applied })
    this.#begin()
    this.#response.end(report)
    if (opts.hangUpAfterMs !== undefined)
      setTimeout(() => this.#response.destroy(), opts.hangUpAfterMs).unref()
  }

  /** Nobody is left to read a report. */
  abandon(): void {
    this.#response.destroy()
  }

  #write(packets: Buffer): void {
    if (packets.length === 0 || this.#response.destroyed || this.#response.writableEnded) return
    if (!this.begun && this.#response.req.httpVersionMinor >= 1)
      this.#response.setHeader('Trailer', APPLIED_HEADER)
    this.#begin()
    this.#response.write(packets)
  }

  #begin(): void {
    if (this.begun) return
    for (const [name, value] of Object.entries(NO_CACHE)) this.#response.setHeader(name, value)
    this.#response.setHeader('Content-Type', 'application/x-git-receive-pack-result')
    this.#response.writeHead(200)
  }
}
