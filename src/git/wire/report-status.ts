/**
 * The answer to a push: `unpack ok`, then `ok <ref>` or `ng <ref> <reason>` for each ref. What git
 * shows above it as `remote:` lines is in push-remarks.ts.
 *
 * @see gitprotocol-pack(5), "Report Status"
 */
import type { RefUpdateResult } from '../../kernel/ref-update.ts'
import type { PushOutcome } from '../../kernel/update-refs.ts'
import type { Capabilities } from './capabilities.ts'
import { FLUSH, pktLine } from './pkt-line.ts'
import { BAND, sideBand, sideBandOf } from './side-band.ts'

const MAX_TEXT_CHARS = 400

/**
 * The end of the answer, in the most that the client understands: report-status-v2, report-status,
 * a fatal message on band 3, or an `ERR` packet. Empty when such a client has nothing to be told.
 */
export function writeReport(outcome: PushOutcome, capabilities: Capabilities): Buffer {
  const width = sideBandOf(capabilities)
  const reporting = capabilities.has('report-status-v2') || capabilities.has('report-status')
  if (!reporting) return writeFailure(outcome, capabilities)

  const lines = [`unpack ${oneLine(outcome.unpack)}\n`]
  const isV2 = capabilities.has('report-status-v2')
  for (const result of outcome.results) lines.push(...commandLines(result, { isV2 }))
  const report = Buffer.concat([...lines.map((line) => pktLine(line)), FLUSH])
  return width === null ? report : Buffer.concat([sideBand(BAND.data, report, width), FLUSH])
}

function commandLines(result: RefUpdateResult, { isV2 }: { isV2: boolean }): string[] {
  if (!result.ok) return [`ng ${result.ref} ${oneLine(result.refusal.reason)}\n`]
  const done = `ok ${result.ref}\n`
  if (result.redirection === undefined || !isV2) return [done]
  const { to, isForced } = result.redirection
  return [
    done,
    `option refname ${to.ref}\n`,
    `option old-oid ${to.oldOid}\n`,
    `option new-oid ${to.newOid}\n`,
    ...(isForced ? ['option forced-update\n'] : []),
  ]
}

function writeFailure(outcome: PushOutcome, capabilities: Capabilities): Buffer {
  const width = sideBandOf(capabilities)
  const text = failureOf(outcome)
  if (width === null) return text === null ? Buffer.alloc(0) : pktLine(`ERR ${text}\n`)
  return Buffer.concat([sideBand(BAND.fatal, text === null ? '' : `${text}\n`, width), FLUSH])
}

/** One line for a client that reads no report; `null`: all refs moved. */
function failureOf(outcome: PushOutcome): string | null {
  const refused = outcome.results.filter((r) => !r.ok)
  const [first] = refused
  if (first === undefined) return outcome.unpack === 'ok' ? null : oneLine(outcome.unpack)
  const others = refused.length > 1 ? ` (and ${refused.length - 1} more)` : ''
  return oneLine(`${first.ref}: ${first.refusal.reason}`) + others
}

/** A control character could end the line, forge another, or speak to the pusher's terminal. */
export function oneLine(text: string): string {
  return text
    .replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ')
    .trim()
    .slice(0, MAX_TEXT_CHARS)
}
