/** Which repository an audience (`aud` of a token, `resource` of a request) names. @see RFC 8707 */
import type { GrantTarget } from '../grants.ts'
import { isUuid } from '../ids.ts'

/**
 * Path below the base, without `.git` → target. First match wins: `/git/repo/<id>` is no surface
 * called `repo`, and `/by-id/<id>` no organisation called `by-id`.
 */
const FORMS: readonly { shape: RegExp; target: (a: string, b: string) => GrantTarget | null }[] = [
  { shape: /^(?:by-id|git\/repo)\/([^/]+)$/, target: (id) => byId(id) },
  { shape: /^git\/([^/]+)$/, target: (name) => ({ kind: 'surface', name }) },
  { shape: /^et\/([^/]+)\/([^/]+)$/, target: (org, slug) => ({ kind: 'path', path: `${org}/${slug}` }) },
  { shape: /^([^/]+)\/([^/]+)$/, target: (org, slug) => ({ kind: 'path', path: `${org}/${slug}` }) },
]

/**
 * `<base>/<org>/<repo>[.git]`, `<base>/by-id/<id>`, `<base>/et/<org>/<repo>`, `<base>/git/repo/<id>`,
 * `<base>/git/<name>`; `null` for everything else. Names are folded to lower case, as in addresses.
 *
 * @param bases public origins of this server, each with the path it is mounted at, if any
 */
export function repositoryOfAudience(audience: string, bases: Iterable<string>): GrantTarget | null {
  const path = pathBelow(audience, bases)
    ?.toLowerCase()
    .replace(/\.git$/, '')
  if (!path) return null
  for (const { shape, target } of FORMS) {
    const [match, a = '', b = ''] = shape.exec(path) ?? []
    if (match !== undefined) return target(a, b)
  }
  return null
}

/** Is the audience this server, or something below it? */
export function isOurs(audience: string, bases: Iterable<string>): boolean {
  return pathBelow(audience, bases) !== null
}

/** Escapes, dots and queries have no place in an audience: two spellings of a name are one too many. */
const PLAIN_PATH = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[\w.\-~/]*$/

function pathBelow(audience: string, bases: Iterable<string>): string | null {
  for (const base of bases) {
    const root = base.replace(/\/+$/, '')
    if (audience === root) return ''
    if (!audience.startsWith(`${root}/`)) continue
    const path = audience.slice(root.length + 1).replace(/\/$/, '')
    if (PLAIN_PATH.test(path)) return path
  }
  return null
}

function byId(id: string): GrantTarget | null {
  return isUuid(id) ? { kind: 'id', id } : null
}
