/** From an answer that is a failure to the error that a caller gets: as the REST envelope or as OAuth has it. */
import { readText } from './read-text.ts'
import { SluiceError } from './sluice-error.ts'

/** Far more than any failure of ours says. */
const MAX_BYTES = 1024 * 1024

/**
 * The failure that an answer tells.
 *
 * @param secrets what the request carried: a server that repeats it does not make us repeat it
 * @see RFC 6749, section 5.2
 */
export async function errorOf(response: Response, secrets: readonly string[]): Promise<SluiceError> {
  const { status, headers } = response
  const requestId = headers.get('x-request-id')
  const body = parse(await readText(response, MAX_BYTES).catch(() => ''), secrets)
  if (typeof body?.error === 'string') {
    const { error, error_description: description } = body
    return new SluiceError(error, typeof description === 'string' ? description : error, {
      status,
      requestId,
    })
  }
  if (typeof body?.error?.code === 'string') {
    const { code, message, details } = body.error
    return new SluiceError(code, typeof message === 'string' ? message : code, { status, details, requestId })
  }
  return new SluiceError('MALFORMED_ANSWER', `answer of status ${status} that is not Sluice's`, {
    status,
    requestId,
  })
}

const SECRET_FIELD = /(?:^|_)(?:token|assertion|secret|device_code)$/

/** What nobody else may see of a form for an OAuth endpoint. */
export function secretsOf(form: URLSearchParams): readonly string[] {
  return [...form].filter(([name]) => SECRET_FIELD.test(name)).map(([, value]) => value)
}

interface FailureBody {
  readonly error?:
    string | { readonly code?: unknown; readonly message?: unknown; readonly details?: unknown }
  readonly error_description?: unknown
}

/** Secrets are looked for in the text, which has names of members, and in what its escapes stand for. */
function parse(text: string, secrets: readonly string[]): FailureBody | null {
  const cleaned = (_name: string, value: unknown) =>
    typeof value === 'string' ? without(secrets, value) : value
  try {
    return JSON.parse(without(secrets, text), cleaned) as FailureBody | null
  } catch {
    return null
  }
}

function without(secrets: readonly string[], text: string): string {
  return secrets
    .filter((secret) => secret !== '')
    .reduce((cleaned, secret) => cleaned.replaceAll(secret, '[token]'), text)
}
