/** What git asks a credential for, as a URL. */
import { attribute, type Attributes } from './attributes.ts'
import { isSafeOrigin } from './safe-origin.ts'

/** Path below a server → the address of its repository. git asks with what a remote says, and LFS beyond it. */
const REPOSITORY = /^((?:by-id|git\/repo|git)\/[\w.~-]+|(?:et\/)?[\w.~-]+\/[\w.~-]+)(?:\/.*)?$/

/**
 * Address of a repository, or of the whole server when git does not say the path.
 *
 * @returns `null` for anything that no token is ever sent to
 * @see gitcredentials(7), credential.useHttpPath
 */
export function requestedUrl(attributes: Attributes): string | null {
  const [protocol, host] = [attribute(attributes, 'protocol'), attribute(attributes, 'host')]
  const text = `${protocol}://${host}`
  if (protocol === null || host === null || /[\s/?#@\\]/.test(host) || !URL.canParse(text)) return null
  const url = new URL(text)
  if (!isSafeOrigin(url)) return null
  const path = attribute(attributes, 'path')?.replace(/\/+$/, '') ?? ''
  const [, repository] = REPOSITORY.exec(path) ?? []
  return repository === undefined ? url.origin : `${url.origin}/${repository.replace(/\.git$/, '')}`
}
