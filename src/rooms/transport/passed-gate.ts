/** What git is told of refs that could not be made as new as they should be. */
import { textOf } from '../../http/error-rendering.ts'
import type { Staleness } from '../../kernel/directory.ts'
import { AppError } from '../../kernel/errors.ts'
import { pktLine } from '../../git/wire/pkt-line.ts'

const UNITS = [
  { name: 'day', ms: 86_400_000 },
  { name: 'hour', ms: 3_600_000 },
  { name: 'minute', ms: 60_000 },
  { name: 'second', ms: 1_000 },
] as const

/**
 * The answer to a command of protocol v2 that fails: of a failed POST git would not show the body.
 *
 * @see gitprotocol-pack(5), "error-line"
 * @throws `err` unless it says why refs cannot be shown
 */
export function errorPacket(err: unknown): Buffer {
  if (!(err instanceof AppError) || err.code !== 'UPSTREAM_UNAVAILABLE') throw err
  return pktLine(`ERR ${textOf(err).trimEnd().replaceAll('\n', ' ')}\n`)
}

export function warningOf({ upstream, reason, ageMs }: Staleness): string {
  return `warning: upstream ${upstream} is unreachable: ${reason}; this is what it had ${spell(ageMs)} ago`
}

/** In the largest unit of which it has two; a person needs no more. */
function spell(ms: number): string {
  const unit = UNITS.find((each) => ms >= 2 * each.ms) ?? UNITS[UNITS.length - 1]!
  const count = Math.max(1, Math.floor(ms / unit.ms))
  return `${count} ${unit.name}${count === 1 ? '' : 's'}`
}
