/** Whether a request is about a repository of somebody with a key, by its path alone: nothing is looked up. */
import { parseNpub } from '../../../nostr/npub.ts'
import type { ServedRepository } from '../service.ts'

const CONTRIBUTED = 'prs'
const KEY = 'npub1'

/**
 * Is it below `/npub1…/` or `/prs/`? Whether there is such a repository, or such a key, does not matter.
 *
 * @param target path and query of a request
 */
export function isSignersPath(target: string): boolean {
  const [first = ''] = segmentsOf(target)
  return first === CONTRIBUTED || first.startsWith(KEY)
}

/** @returns `null` when it can be none, whatever exists */
export function repositoryInPath(target: string): ServedRepository | null {
  const [first = '', ...rest] = segmentsOf(target)
  const form = first === CONTRIBUTED ? 'contributed' : 'announced'
  const [npub = '', name = ''] = form === 'contributed' ? rest : [first, ...rest]
  const owner = parseNpub(npub)
  const identifier = name.endsWith('.git') ? name.slice(0, -'.git'.length) : name
  return owner === null || identifier === '' ? null : { owner, identifier, form }
}

/** Decoded once and one by one, as routes take their parameters. */
function segmentsOf(target: string): readonly string[] {
  const [path = ''] = target.split('?', 1)
  try {
    return path.split('/').slice(1).map(decodeURIComponent)
  } catch {
    return []
  }
}
