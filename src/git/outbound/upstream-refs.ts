/** What an upstream shows of its refs, as the rest of the server sees it. */
import { setImmediate as turn } from 'node:timers/promises'
import { isOid, isRefName, type Oid, type RefName } from '../../kernel/ids.ts'

export interface UpstreamRefs {
  /** What its HEAD points at, if it is symbolic and the upstream tells. */
  readonly head: RefName | null
  /** Of refs/heads/ and refs/tags/, not peeled. Names that no repository here could hold are left out. */
  readonly refs: ReadonlyMap<RefName, Oid>
}

export const SHOWN_PREFIXES = ['refs/heads/', 'refs/tags/'] as const

/** Takes them one by one; what is none of ours is passed over. */
export class ShownRefs {
  readonly #refs = new Map<RefName, Oid>()

  add(name: string, oid: string): void {
    if (SHOWN_PREFIXES.some((prefix) => name.startsWith(prefix)) && isRefName(name) && isOid(oid))
      this.#refs.set(name, oid)
  }

  /** @param head what HEAD is said to point at */
  withHead(head: string | null): UpstreamRefs {
    const isBranch = head !== null && head.startsWith('refs/heads/') && isRefName(head)
    return { head: isBranch ? head : null, refs: this.#refs }
  }
}

/** Some milliseconds of work. */
const LINES_A_TURN = 2_000

/** An upstream may show millions of lines: others have their turn in between. */
export async function readInTurns(lines: Iterable<string>, read: (line: string) => void): Promise<void> {
  let count = 0
  for (const line of lines) {
    read(line)
    if (++count % LINES_A_TURN === 0) await turn()
  }
}

/** Reads the output of `git ls-remote --symref`. Peeled tags have no name of a ref. @see git-ls-remote(1) */
export async function parseLsRemote(stdout: string): Promise<UpstreamRefs> {
  const shown = new ShownRefs()
  let head: string | null = null
  await readInTurns(linesIn(stdout), (line) => {
    const [what = '', name = ''] = line.split('\t')
    if (name === 'HEAD' && what.startsWith(SYMBOLIC)) head ??= what.slice(SYMBOLIC.length)
    else shown.add(name, what)
  })
  return shown.withHead(head)
}

const SYMBOLIC = 'ref: '

function* linesIn(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at)
    yield text.slice(at, end === -1 ? text.length : end)
    at = end === -1 ? text.length : end + 1
  }
}
