/**
 * The changes of a whole history as git prints them: each commit, then the paths in which it differs from its
 * first parent. Read as they come, in any pieces.
 *
 * @see git-log(1), `--name-only -z` and PRETTY FORMATS
 */
import { isOid, type Oid } from '../../kernel/ids.ts'
import type { PathKey } from './entry-key.ts'

export type HistoryToken =
  | { readonly kind: 'commit'; readonly oid: Oid; readonly parents: readonly Oid[] }
  | { readonly kind: 'path'; readonly path: PathKey }

/** Commits before their parents; directories are listed as well as files. No path begins with two slashes. */
export function historyArgs(head: Oid): readonly string[] {
  return [
    ...['log', '--topo-order', '-r', '-t', '-z', '--name-only', '--no-renames', '--diff-merges=first-parent'],
    ...['--ignore-submodules=none', '--no-show-signature', '--format=//%H %P', head, '--'],
  ]
}

const COMMIT = '//'
/** git makes no path that is longer, but a tree may name one. */
const MAX_TOKEN_BYTES = 16 * 1024 * 1024

export class HistoryStream {
  #rest: Buffer = Buffer.alloc(0)
  /** A line feed stands between a commit and its first path. */
  #isFirst = false;

  /** Whole tokens of `chunk` and of what was left of those before. @throws RangeError on what git does not print */
  *take(chunk: Buffer): Generator<HistoryToken> {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, at)) {
      const token = this.#token(bytes.toString('latin1', at, end))
      at = end + 1
      if (token !== null) yield token
    }
    this.#rest = bytes.subarray(at)
    if (this.#rest.length > MAX_TOKEN_BYTES) throw new RangeError('a path is too long')
  }

  #token(text: string): HistoryToken | null {
    if (text.startsWith(COMMIT)) {
      const [oid = '', ...parents] = text.slice(COMMIT.length).trim().split(' ')
      if (![oid, ...parents].every(isOid)) throw new RangeError('no commit of a history')
      this.#isFirst = true
      return { kind: 'commit', oid: oid as Oid, parents: parents as Oid[] }
    }
    const path = this.#isFirst && text.startsWith('\n') ? text.slice(1) : text
    this.#isFirst = false
    return path === '' ? null : { kind: 'path', path }
  }
}
