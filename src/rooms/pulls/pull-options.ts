/** What `git push -o …` says of the pull request that the push may open. Other options are others' business. */

export interface PullOptions {
  /** The one that shall move, or `new` for another one; `null`: whichever fits; `unclear`: neither of these. */
  readonly pull: number | 'new' | 'unclear' | null
  readonly title?: string
  readonly description?: string
}

const MAX_TITLE_CHARS = 256

/** Of options that are repeated the last counts. */
export function readPullOptions(options: readonly string[]): PullOptions {
  const said = new Map(options.map((option) => split(option)))
  const title = titleOf(said.get('title') ?? '')
  const description = said.get('description')
  return {
    pull: parsePull(said.get('pull')),
    ...(title === null ? {} : { title }),
    ...(description === undefined ? {} : { description }),
  }
}

/** One line that a title may be; `null`: nothing is left of it. */
export function titleOf(text: string): string | null {
  const line = text.replace(/[\x00-\x1f\x7f]+/g, ' ').trim()
  const cut = line.slice(0, MAX_TITLE_CHARS).replace(/[\ud800-\udbff]$/, '') // no half of a character
  return cut === '' ? null : cut
}

function split(option: string): [name: string, value: string] {
  const at = option.indexOf('=')
  return at < 0 ? [option, ''] : [option.slice(0, at), option.slice(at + 1)]
}

function parsePull(text: string | undefined): PullOptions['pull'] {
  if (text === undefined) return null
  if (text === 'new') return 'new'
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 'unclear'
}
