/** The four requests of smart HTTP: the only ones that ever carry a credential. @see gitprotocol-http(5) */

export type Service = 'git-upload-pack' | 'git-receive-pack'

/** `GET`: what the service offers; `POST`: a call of it. */
export interface Endpoint {
  readonly method: 'GET' | 'POST'
  readonly url: URL
}

export function advertisementOf(base: string, service: Service): Endpoint {
  return { method: 'GET', url: new URL(`${base}/info/refs?service=${service}`) }
}

export function callOf(base: string, service: Service): Endpoint {
  return { method: 'POST', url: new URL(`${base}/${service}`) }
}

const ADVERTISEMENT = /^(.*)\/info\/refs\?service=git-(?:upload|receive)-pack$/s
const CALL = /\/git-(?:upload|receive)-pack$/

/** Is it one of the four, on the server that the remote names? */
export function mayCarryCredential({ method, url }: Endpoint, origin: string): boolean {
  if (url.origin !== origin || url.username !== '' || url.password !== '' || url.hash !== '') return false
  const target = url.pathname + url.search
  return method === 'GET' ? ADVERTISEMENT.test(target) : CALL.test(target)
}

/** Base that an advertisement's address belongs to; `null` when it is none. */
export function baseOf(url: URL): string | null {
  const [, path] = ADVERTISEMENT.exec(url.pathname + url.search) ?? []
  return path === undefined ? null : url.origin + path
}
