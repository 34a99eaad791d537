/**
 * Which client asks. One without a secret is public: its id is a name for logs and proves nothing.
 *
 * @see RFC 6749, sections 2.3.1 and 3.2.1
 */
import type { FastifyRequest } from 'fastify'
import type { Caller } from '../../kernel/credential.ts'
import { AppError } from '../../kernel/errors.ts'
import { invalidRequest, OAuthForm } from './oauth-form.ts'
import type { VerifyToken } from './presented-token.ts'
import type { TokenClient, TokenRequest } from './token-endpoint-types.ts'

export interface ClientClaim {
  readonly id: string
  /** `null`: a public client. */
  readonly secret: string | null
}

const BASIC = /^basic +([A-Za-z0-9+/_-]+=*) *$/i
/** @see RFC 6749, appendix A.1 */
const CLIENT_ID = /^[\x20-\x7e]{1,255}$/

/**
 * What the client says of itself: in Basic, or in the form, and never in both.
 *
 * @param authorization all values of that header
 * @returns `null` when no client is named
 * @throws AppError `OAUTH_INVALID_REQUEST`, `OAUTH_INVALID_CLIENT` for another scheme
 */
export function readClient(authorization: readonly string[], form: OAuthForm): ClientClaim | null {
  const [header] = authorization
  const inForm = clientInForm(form)
  if (header === undefined) return inForm
  if (authorization.length > 1 || inForm !== null)
    throw invalidRequest('the client is named in more than one way')
  return clientInBasic(header)
}

/**
 * Who asks for what at an endpoint that needs no credential but a client's.
 *
 * @throws AppError `OAUTH_INVALID_REQUEST`, `OAUTH_INVALID_CLIENT`
 */
export async function readTokenRequest(request: FastifyRequest, verify: VerifyToken): Promise<TokenRequest> {
  const form = new OAuthForm(String(request.body ?? ''))
  const caller = { address: request.ip }
  const claim = readClient(request.raw.headersDistinct['authorization'] ?? [], form)
  return { form, caller, client: claim && (await authenticateClient(claim, verify, caller)) }
}

/** @throws AppError `OAUTH_INVALID_CLIENT` when the secret is no opaque token of the client's account */
export async function authenticateClient(
  { id, secret }: ClientClaim,
  verify: VerifyToken,
  caller: Caller,
): Promise<TokenClient> {
  if (secret === null) return { id, principal: null }
  const principal = await verify(secret, caller).catch(asUnknown)
  const isHis = principal?.accountId === id.toLowerCase() && principal.token?.kind === 'opaque'
  if (!isHis) throw invalidClient()
  return { id: principal.accountId, principal }
}

function clientInForm(form: OAuthForm): ClientClaim | null {
  const [id, secret] = [form.get('client_id'), form.get('client_secret')]
  if (id === null && secret === null) return null
  if (id === null) throw invalidRequest('client_secret without client_id')
  return claimOf(id, secret ?? '')
}

function clientInBasic(header: string): ClientClaim {
  const [, encoded] = BASIC.exec(header) ?? []
  const pair = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString()
  const colon = pair.indexOf(':')
  if (colon < 0) throw invalidClient()
  return claimOf(formDecoded(pair.slice(0, colon)), formDecoded(pair.slice(colon + 1)))
}

function claimOf(id: string, secret: string): ClientClaim {
  if (!CLIENT_ID.test(id)) throw invalidClient()
  return { id, secret: secret === '' ? null : secret }
}

/** Both halves are encoded as in a form; a client that forgot to do so is understood where that is no matter. */
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw invalidClient()
  }
}

function asUnknown(err: unknown): null {
  if (err instanceof AppError && err.code === 'INVALID_CREDENTIAL') return null
  throw err
}

function invalidClient(): AppError {
  return new AppError('OAUTH_INVALID_CLIENT')
}
