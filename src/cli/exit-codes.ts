/** Every way a command can end, in one table; docs/cli.md shows it. */

export const EXITS = {
  ok: { code: 0, about: 'done' },
  failure: {
    code: 1,
    about: 'failed for another reason than those below; of `sluice scan`: something was found',
  },
  usage: { code: 2, about: 'the command line or the settings cannot be used' },
  notSignedIn: { code: 3, about: 'no credential, or one that is not valid (401)' },
  forbidden: { code: 4, about: 'the credential does not allow it (403)' },
  notFound: { code: 5, about: 'no such thing, or none that the credential may see (404, 410)' },
  conflict: { code: 6, about: 'it exists already, has moved, or cannot be merged (409, 412)' },
  unavailable: {
    code: 7,
    about: 'no answer, too many requests or a fault of the server; try again (429, 5xx)',
  },
  invalid: { code: 8, about: 'the server refused the request as it stands (other 4xx)' },
  interrupted: { code: 130, about: 'interrupted with Ctrl-C' },
} as const satisfies Record<string, { readonly code: number; readonly about: string }>

export type Exit = keyof typeof EXITS

const BY_STATUS: Readonly<Record<number, Exit>> = {
  401: 'notSignedIn',
  403: 'forbidden',
  404: 'notFound',
  408: 'unavailable',
  409: 'conflict',
  410: 'notFound',
  412: 'conflict',
  429: 'unavailable',
}

/** @param status HTTP status of an answer that is no success; `null`: what came was no answer of a server of ours */
export function exitOfStatus(status: number | null): Exit {
  if (status === null || status < 400) return 'failure'
  return BY_STATUS[status] ?? (status >= 500 ? 'unavailable' : 'invalid')
}
