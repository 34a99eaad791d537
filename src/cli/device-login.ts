/** Signing in with a browser on any device. @see RFC 8628 */
import { setTimeout as delay } from 'node:timers/promises'
import {
  CLIENT_ID,
  postForm,
  requestToken,
  type TokenEndpointAnswer,
} from '../client/logins/token-endpoint.ts'
import type { AuthorizationServer } from '../client/operations.ts'
import { SluiceError } from '../client/sluice-error.ts'
import { CommandError } from './command-error.ts'

/** @see RFC 8628, section 3.2 */
interface DeviceAuthorization {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete?: string
  /** Seconds. */
  readonly expires_in: number
  readonly interval?: number
}

export interface DeviceLogin {
  /** Where to open a browser: http or https. */
  readonly address: string
  readonly userCode: string
  /** Resolves when somebody has confirmed. @throws CommandError `forbidden`, `unavailable` */
  confirmed(): Promise<TokenEndpointAnswer>
}

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
const DEFAULT_INTERVAL_SECONDS = 5
const SLOWER_SECONDS = 5

/** Does the server offer it? @param metadata of RFC 8414 */
export function offersDeviceLogin(metadata: AuthorizationServer): boolean {
  return metadata.device_authorization_endpoint !== undefined
}

export async function startDeviceLogin(server: string): Promise<DeviceLogin> {
  const started = await postForm<DeviceAuthorization>(`${server}/oauth/device_authorization`, {
    client_id: CLIENT_ID,
  })
  return {
    address: parseAddress(started.verification_uri_complete ?? started.verification_uri),
    userCode: started.user_code,
    confirmed: () => poll(server, started),
  }
}

/** What comes from another server is opened by a person, who shall not run a script by it. */
function parseAddress(text: string): string {
  const { protocol, href } = new URL(text)
  if (protocol !== 'https:' && protocol !== 'http:')
    throw new CommandError('unavailable', 'the server gave no address for the login')
  return href
}

/** @see RFC 8628, sections 3.4 and 3.5 */
async function poll(server: string, started: DeviceAuthorization): Promise<TokenEndpointAnswer> {
  let seconds = started.interval ?? DEFAULT_INTERVAL_SECONDS
  for (;;) {
    await delay(seconds * 1000)
    const answer = await ask(server, started.device_code)
    if (answer === 'slow_down') seconds += SLOWER_SECONDS
    else if (answer !== 'authorization_pending') return answer
  }
}

type Waiting = 'slow_down' | 'authorization_pending'

async function ask(server: string, deviceCode: string): Promise<TokenEndpointAnswer | Waiting> {
  try {
    const form = { grant_type: GRANT, device_code: deviceCode, client_id: CLIENT_ID }
    return await requestToken(server, form)
  } catch (err) {
    const code = err instanceof SluiceError ? err.code : null
    if (code === 'authorization_pending') return 'authorization_pending'
    if (code === 'slow_down') return 'slow_down'
    if (code === 'expired_token')
      throw new CommandError('notSignedIn', 'nobody confirmed the login in time', 'sluice login')
    if (code === 'access_denied') throw new CommandError('forbidden', 'the login was refused')
    throw err
  }
}
