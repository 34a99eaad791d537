/** Where a mirror goes: which URLs can be one, and which of them are the same repository. Pure. */

/** @returns what is wrong with it; `null`: nothing, as far as its words tell */
export function remoteUrlFault(text: string): string | null {
  if (/[\s\x00-\x1f\x7f\\]/.test(text) || !URL.canParse(text)) return 'is no URL'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'is neither https nor http'
  if (url.username !== '' || url.password !== '')
    return 'holds a user or a password: these belong into credential'
  if (/[?#]/.test(text)) return 'holds a query or a fragment'
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
    .replace(/^\/|\/$/g, '')
    .replace(/\.git$/i, '')
    .toLowerCase()
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
