/** A pack that is announced larger than the server takes is refused before it is sent. */
import type { RefUpdatePolicy } from '../../kernel/policy.ts'
import { refuse } from '../../kernel/ref-update.ts'

/** @param maxPackBytes of the server; what a token allows is the business of its own rules */
export function announcedSize(maxPackBytes: number): RefUpdatePolicy {
  return {
    name: 'transport.announced-size',
    onCommands: (push) => ((push.announcedBytes ?? 0) > maxPackBytes ? [refuse('PACK_TOO_LARGE', null)] : []),
  }
}
