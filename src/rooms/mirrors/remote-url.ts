/** Where a mirror goes: which URLs can be one, and which of them are the same repository. Pure. */

/** Its key is in an index, whose rows are limited. */
const MAX_CHARS = 2048

/** @returns what is wrong with it; `null`: nothing, as far as its words tell */
export function remoteUrlFault(text: string): string | null {
  if (/[\s\x00-\x1f\x7f\\]/.test(text) || !URL.canParse(text)) return 'is no URL'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'is neither https nor http'
  if (url.username !== '' || url.password !== '')
    return 'holds a user or a password: these belong into credential'
  if (/[?#]/.test(text)) return 'holds a query or a fragment'
  if (/%(?:[01]|2f|5c|7f)/i.test(text)) return 'holds an escaped slash, backslash or control character'
  if (url.href.length > MAX_CHARS) return `is longer than ${MAX_CHARS} characters with its escapes`
  return pathOf(url) === '' ? 'names no repository' : null
}

/**
 * The same for every way to write a URL of the same repository: case, port, `.git`, slashes and escapes.
 *
 * @param url without faults
 */
export function remoteKeyOf(url: URL): string {
  const host = url.hostname.replace(/\.$/, '')
  const isUsual = url.port === '' || ['80', '443'].includes(url.port)
  return `${host}${isUsual ? '' : `:${url.port}`}/${pathOf(url)}`
}

/** Hosts that tell `App` from `app` are rare, and an overwritten repository is worse than a refused mirror. */
function pathOf({ pathname }: URL): string {
  return unescaped(pathname)
    .replace(/\/+/g, '/')
    .replace(/^\//, '')
    .replace(/(?:\/?\.git)?\/?$/i, '') // `app/.git` is what a server finds in `app`
    .toLowerCase()
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
