/** YAML that people have written: what it holds, and where each part of it stands. */
import { isNode, LineCounter, parseDocument, type Document } from 'yaml'

/** Something that is wrong with a manifest, told without repeating what stands there. */
export interface ManifestFault {
  /** `git-gate.repos.widgets.host_key`; empty: the whole. */
  readonly path: string
  readonly message: string
  /** Counted from 1. */
  readonly line: number
  readonly column: number
}

export type Path = readonly (string | number)[]

const MAX_ALIASES = 100

export class ManifestSource {
  readonly #document: Document.Parsed
  readonly #lines = new LineCounter()

  constructor(text: string) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false })
  }

  /** What makes it no YAML. */
  get syntaxFaults(): readonly ManifestFault[] {
    return this.#document.errors.map((err) => {
      const { line, col: column } = this.#lines.linePos(err.pos[0])
      return {
        path: '',
        message: `is not YAML (${err.code.toLowerCase().replaceAll('_', ' ')})`,
        line,
        column,
      }
    })
  }

  value(): unknown {
    return this.#document.toJS({ maxAliasCount: MAX_ALIASES })
  }

  /** At what stands at this path, or would stand there. */
  fault(path: Path, message: string): ManifestFault {
    const { line, col: column } = this.#lines.linePos(this.#offsetOf(path))
    return { path: path.join('.'), message, line: Math.max(line, 1), column: Math.max(column, 1) }
  }

  #offsetOf(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const node: unknown = this.#document.getIn(path.slice(0, length), true)
      if (isNode(node) && node.range) return node.range[0]
    }
    return 0
  }
}
