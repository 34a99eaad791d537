/** What a remote is shown so that it lets us push. Sealed wherever it is kept. */
export interface RemoteCredential {
  readonly username: string
  readonly password: string
}

/** Goes with a token at GitHub; other hosts take any. */
const TOKEN_USER = 'x-access-token'

export function tokenCredential(token: string): RemoteCredential {
  return { username: TOKEN_USER, password: token }
}

/** As owners give it: a token, or a password with or without its user. */
export type GivenCredential =
  { readonly token: string } | { readonly username?: string | undefined; readonly password: string }

export function credentialOf(given: GivenCredential): RemoteCredential {
  if ('token' in given) return tokenCredential(given.token)
  return { username: given.username ?? '', password: given.password }
}

export function writeCredential({ username, password }: RemoteCredential): string {
  return JSON.stringify({ username, password })
}

/** @param text as `writeCredential` wrote it */
export function readCredential(text: string): RemoteCredential {
  return JSON.parse(text) as RemoteCredential
}
