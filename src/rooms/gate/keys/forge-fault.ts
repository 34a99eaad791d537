/** Why a forge did not do what it was asked, in fixed words: its own may repeat what it was sent. */
import type { ForgeAnswer } from './forge-exchange.ts'

export interface ForgeFault {
  /** `UNPROCESSABLE`: asking again does not help. */
  readonly code: 'UNPROCESSABLE' | 'UPSTREAM_UNAVAILABLE'
  readonly reason: string
}

const BY_STATUS: Readonly<Record<number, string>> = {
  400: 'the forge does not understand the request; is this its provider and API URL?',
  401: 'the forge does not accept the provisioner token; give one that is valid',
  403: 'the provisioner token may not manage deploy keys of this repository',
  404: 'the forge shows no such repository to the provisioner token',
  405: 'the forge has no deploy keys at this API URL',
  422: 'the forge refuses the deploy key; does one of this title exist, or are deploy keys switched off?',
}

/** Of an answer that is not what was asked for. */
export function faultOf(answer: ForgeAnswer): ForgeFault {
  if (answer.kind === 'failed')
    return {
      code: 'UPSTREAM_UNAVAILABLE',
      reason: `the API of the forge could not be asked: ${answer.reason}`,
    }
  const { status } = answer
  const known = BY_STATUS[status]
  if (known !== undefined) return { code: 'UNPROCESSABLE', reason: known }
  if (status >= 300 && status < 400)
    return { code: 'UNPROCESSABLE', reason: 'the API of the forge redirects, which is not followed' }
  if (status === 429) return { code: 'UPSTREAM_UNAVAILABLE', reason: 'the forge has had too many requests' }
  return { code: 'UPSTREAM_UNAVAILABLE', reason: `the API of the forge answered ${status}` }
}
