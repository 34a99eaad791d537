/** From an operation and its arguments to a request. No credential is in it. */
import { OPERATIONS, type OperationTraits } from './operations.ts'

/** What every operation takes; which members it has stands in `Operations`. */
export type Arguments = Readonly<Record<string, unknown>> & {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
}

export interface ClientRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Made anew for each attempt. */
  readonly body: () => string | URLSearchParams | null
  /** May be sent twice: it does what it does once. */
  readonly isIdempotent: boolean
  /** The server does not ask who sends it. */
  readonly isOpen: boolean
}

const IDEMPOTENT_METHODS = new Set(['GET', 'HEAD', 'PUT', 'DELETE'])

/**
 * @param base address of the server, without a slash at its end
 * @throws TypeError for an argument that cannot be part of an address
 */
export function requestOf(
  base: string,
  operation: keyof typeof OPERATIONS,
  { query, body, ...inPath }: Arguments,
  headers: Readonly<Record<string, string>> = {},
): ClientRequest {
  const [method = '', template = ''] = operation.split(' ')
  const traits: OperationTraits = OPERATIONS[operation]
  const key = traits.idempotencyKey ? { 'idempotency-key': freshKey() } : {}
  return {
    method,
    url: base + pathOf(template, inPath) + queryOf(query ?? {}),
    headers: {
      accept: traits.answer === 'stream' ? '*/*' : 'application/json',
      ...key,
      ...typeOf(body, traits),
      ...headers,
    },
    body: () => textOf(body, traits),
    isIdempotent: IDEMPOTENT_METHODS.has(method) || traits.idempotencyKey === true,
    isOpen: traits.isOpen === true,
  }
}

function pathOf(template: string, inPath: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = String(inPath[name] ?? '')
    const parts = name === 'path' ? value.split('/') : [value]
    if (!parts.every(isSegment)) throw new TypeError(`${name}: empty, or not part of an address`)
    return parts.map(encodeURIComponent).join('/')
  })
}

/** Dots would be taken for steps in the path, however they are encoded. @see WHATWG URL, section 4.4 */
function isSegment(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..'
}

function queryOf(query: Readonly<Record<string, unknown>>): string {
  const text = formOf(query).toString()
  return text === '' ? '' : `?${text}`
}

function typeOf(body: unknown, traits: OperationTraits): Record<string, string> {
  return body === undefined || traits.body === 'form' ? {} : { 'content-type': 'application/json' }
}

function textOf(body: unknown, traits: OperationTraits): string | URLSearchParams | null {
  if (body === undefined) return null
  return traits.body === 'form' ? formOf(body as Record<string, unknown>) : JSON.stringify(body)
}

/** Without what is `undefined`. */
function formOf(values: Readonly<Record<string, unknown>>): URLSearchParams {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value !== undefined) form.set(name, String(value))
  return form
}

/** `crypto.randomUUID` is not there on pages that came without TLS. */
function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
