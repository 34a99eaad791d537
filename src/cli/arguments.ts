/** From words of the command line to what the API understands. Each throws what commander shows as wrong usage. */
import { InvalidArgumentError } from 'commander'
import { isUuid } from '../kernel/ids.ts'

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const
const DURATION = /^([1-9]\d{0,8})([smhd]?)$/
/** Not the dots that are a step in a path. */
const NAME = /^(?!\.{1,2}$)[\w.-]+$/
const MOST = 10_000

/** A repository by its name. */
export interface RepositoryName {
  readonly org: string
  readonly repo: string
}

/** A repository by its name or its id. */
export type RepositoryArgument = RepositoryName | { readonly id: string }

/** `<org>/<name>`, or the id of a repository. */
export function repository(text: string): RepositoryArgument {
  return isUuid(text) ? { id: text.toLowerCase() } : repositoryName(text)
}

/** `<org>/<name>`. */
export function repositoryName(text: string): RepositoryName {
  const [org = '', repo = '', ...rest] = text.replace(/\.git$/, '').split('/')
  if (!NAME.test(org) || !NAME.test(repo) || rest.length > 0)
    throw new InvalidArgumentError('A repository is named <org>/<name>.')
  return { org, repo }
}

/** As it was given. */
export function nameOf(named: RepositoryArgument): string {
  return 'id' in named ? named.id : `${named.org}/${named.repo}`
}

/** One segment of a path: an id, a slug, a number. */
export function id(text: string): string {
  if (!NAME.test(text)) throw new InvalidArgumentError('Not an id.')
  return text
}

/** `90d`, `12h`, `15m`, or seconds. */
export function duration(text: string): number {
  const [, count = '', unit = ''] = DURATION.exec(text) ?? []
  if (count === '') throw new InvalidArgumentError('A time looks like 90d, 12h, 15m or 3600 (seconds).')
  return Number(count) * (unit === '' ? 1 : SECONDS[unit as keyof typeof SECONDS])
}

export function count(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > MOST)
    throw new InvalidArgumentError(`A whole number from 1 to ${MOST}.`)
  return number
}

/** Of an event in the log of a server. */
export function position(text: string): string {
  if (!/^\d{1,15}$/.test(text))
    throw new InvalidArgumentError('A cursor is a whole number, as events show it.')
  return text
}

/** An option that may come more than once. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

/** `name=value`, which may come more than once. */
export function collectPair(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('A claim looks like name=value.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}
