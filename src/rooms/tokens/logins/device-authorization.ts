/** `POST /oauth/device_authorization`: begins a login by device at the provider behind us. @see RFC 8628, section 3 */
import { z } from 'zod'
import { FORM_ROUTE } from '../../../http/form-body.ts'
import { NOT_KEPT, oauthFailures } from '../../../http/oauth-errors.ts'
import type { ErrorLog } from '../../../http/error-rendering.ts'
import type { ZodApp } from '../../../http/zod-app.ts'
import { AppError } from '../../../kernel/errors.ts'
import { isOurScope } from '../../../kernel/granting/scopes.ts'
import { mintOpaqueToken } from '../../../kernel/opaque-token.ts'
import type { Clock } from '../../../kernel/ports.ts'
import type { DeviceLogins } from '../../../store/device-logins.ts'
import { grantsAsked, invalidScope, wordsIn } from '../asked-words.ts'
import { readClient } from '../client-authentication.ts'
import type { Seal } from '../../../store/secrets/seal.ts'
import { invalidRequest, OAuthForm } from '../oauth-form.ts'
import type { UpstreamLogin } from './upstream-login.ts'

export interface DeviceAuthorizationParts {
  readonly upstream: Pick<UpstreamLogin, 'start'>
  readonly logins: Pick<DeviceLogins, 'start'>
  readonly seal: Seal
  readonly clock: Clock
  readonly log: ErrorLog
}

const Form = z
  .object({
    client_id: z.string().meta({ description: 'any name; it is shown where tokens are' }),
    scope: z.string().optional().meta({ description: 'narrows what the login gives; others are ignored' }),
  })
  .meta({ example: { client_id: 'sluice-cli' } })

const Answer = z
  .object({
    device_code: z.string(),
    user_code: z.string(),
    verification_uri: z.string(),
    verification_uri_complete: z.string().optional(),
    expires_in: z.int().meta({ description: 'seconds' }),
    interval: z.int().meta({ description: 'seconds between two polls' }),
  })
  .meta({
    id: 'DeviceAuthorization',
    example: {
      device_code: 'slc_device_…',
      user_code: 'WDJB-MJHT',
      verification_uri: 'https://login.example.org/device',
      verification_uri_complete: 'https://login.example.org/device?user_code=WDJB-MJHT',
      expires_in: 600,
      interval: 5,
    },
  })

export function deviceAuthorizationRoute(app: ZodApp, parts: DeviceAuthorizationParts): void {
  app.post(
    '/oauth/device_authorization',
    {
      ...FORM_ROUTE,
      config: { access: { kind: 'open' }, errors: 'oauth', rate: 'token' },
      schema: {
        summary: 'Begin a login on a device without a browser; somebody confirms it elsewhere',
        tags: ['tokens'],
        consumes: ['application/x-www-form-urlencoded'],
        body: Form,
        response: { 200: Answer, ...oauthFailures(400, 401, 413, 429, 503) },
      },
    },
    async (request, reply) => {
      reply.headers(NOT_KEPT)
      const form = new OAuthForm(String(request.body ?? ''))
      const client = readClient(request.raw.headersDistinct['authorization'] ?? [], form)
      if (client === null) throw invalidRequest('client_id is missing')
      if (client.secret !== null) throw machinesDoNotLogIn()
      return begin(parts, client.id, scopeOf(form))
    },
  )
}

/** The provider's code stays here; the client polls with one of ours. */
async function begin(
  { upstream, logins, seal, clock, log }: DeviceAuthorizationParts,
  clientId: string,
  scope: string | null,
): Promise<z.output<typeof Answer>> {
  const started = await upstream.start().catch((err: unknown) => {
    log.warn({ err }, 'login provider not reached')
    throw new AppError('UNAVAILABLE', { cause: err })
  })
  const { token, hash } = mintOpaqueToken('device')
  const { intervalSeconds, expiresInSeconds, verificationUriComplete } = started
  await logins.start({
    hash,
    clientId,
    scope,
    upstreamCode: seal.seal(started.deviceCode, hash),
    intervalSeconds,
    expiresAt: clock.now() + expiresInSeconds * 1000,
  })
  return {
    device_code: token,
    user_code: started.userCode,
    verification_uri: started.verificationUri,
    ...(verificationUriComplete !== null && { verification_uri_complete: verificationUriComplete }),
    expires_in: expiresInSeconds,
    interval: intervalSeconds,
  }
}

/** Words of ours; those of OpenID Connect are asked for by the settings. @throws AppError `OAUTH_INVALID_SCOPE` */
function scopeOf(form: OAuthForm): string | null {
  const words = wordsIn(form.get('scope') ?? '').filter(isOurScope)
  if (words.length === 0) return null
  const scope = words.join(' ')
  if (grantsAsked({ scope }, []).admin) throw invalidScope('admin is not given by a login')
  return scope
}

function machinesDoNotLogIn(): AppError {
  return new AppError('OAUTH_UNAUTHORIZED_CLIENT', { details: { reason: 'a machine has a secret already' } })
}
