/** The identity of a workload for a token of the machine that it is bound to. @see RFC 7523, section 2.1 */
import type { Exchange } from '../credential.ts'
import { requestToken } from '../logins/token-endpoint.ts'

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

export interface AssertionExchange {
  /** Base URL. */
  readonly server: string
  /** Asked for at each exchange: platforms renew it. */
  readonly assertion: () => Promise<string>
  /** Account that is meant, where the workload is bound to several. */
  readonly clientId: string | null
}

/** @throws SluiceError as `exchangeWith` does */
export function assertionExchange({ server, assertion, clientId }: AssertionExchange): Exchange {
  return async (audience, action) => {
    const { access_token: token, expires_in: seconds } = await requestToken(server, {
      grant_type: JWT_BEARER,
      assertion: await assertion(),
      audience,
      ...(action !== '' && { scope: action }),
      ...(clientId !== null && { client_id: clientId }),
    })
    return { token, expiresInSeconds: seconds ?? 0 }
  }
}
