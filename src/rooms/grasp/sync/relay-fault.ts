/** Why a connection to a relay has ended, in fixed words; and what that says about the relay. */
import { AppError } from '../../../kernel/errors.ts'
import { reasonOf } from '../../../http/outbound/failure-reason.ts'

/**
 * `unreachable`: perhaps it is there soon. `misbehaved`: what it does is no relay's doing, or its address leads
 * nowhere; that does not pass quickly.
 */
export type FaultKind = 'unreachable' | 'misbehaved'

export class RelayFault extends Error {
  readonly kind: FaultKind

  constructor(kind: FaultKind, reason: string) {
    super(reason)
    this.kind = kind
  }
}

/** @see Node.js, TLS and HTTP parser codes; ws, error codes */
const MISBEHAVED = /^(?:CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CRL_|ERR_SSL|ERR_TLS|EPROTO|HPE_|WS_ERR)/

/** @param err of a socket, or of the guard */
export function faultOf(err: unknown): RelayFault {
  if (err instanceof RelayFault) return err
  const { code = '' } = err as NodeJS.ErrnoException
  const isTheirs = err instanceof AppError || MISBEHAVED.test(code)
  const reason = code.startsWith('WS_ERR') ? 'what it sends is not valid WebSocket' : reasonOf(err)
  return new RelayFault(isTheirs ? 'misbehaved' : 'unreachable', reason)
}

/** It answers with something else than a WebSocket. @param status of HTTP */
export function faultOfStatus(status: number): RelayFault {
  const isPassing = status === 429 || status >= 500
  return new RelayFault(isPassing ? 'unreachable' : 'misbehaved', 'it does not open a WebSocket')
}
