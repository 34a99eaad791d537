/** What a server publishes about itself to anybody. @see RFC 8414, RFC 7517 */
import { errorOf, SluiceError } from '../client/sluice-error.ts'

const DEADLINE_MS = 10_000

/** @param path e.g. `/.well-known/jwks.json` @throws SluiceError */
export async function published<T>(server: string, path: string): Promise<T> {
  const response = await open(server + path)
  if (!response.ok) throw await errorOf(response, null)
  return (await response.json()) as T
}

async function open(url: string): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(DEADLINE_MS) })
  } catch (cause) {
    throw new SluiceError('NO_ANSWER', 'the server does not answer', { cause })
  }
}
