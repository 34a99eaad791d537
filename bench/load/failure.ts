/** Why an operation failed, in few kinds, so that failures can be counted. */
import { StatusError } from '../measure/http.ts'

/** The ref was not where the client thought it was: a lost race. Everything else is an error. */
export const LOST_RACE = 'lost a race for the ref'

/** Something a server answered that is no success. */
export class LoadFailure extends Error {
  readonly kind: string

  constructor(kind: string) {
    super(kind)
    this.kind = kind
  }
}

const RACES = /non-fast-forward|reference has changed|fetch first|stale|already exists|cannot lock ref/i
/** Lines of git that say why, the most telling first. */
const TELLING = [/! \[remote rejected\].*$/m, /^(?:fatal|error): .*$/m, /^remote: .*$/m]
const MAX_KIND_LENGTH = 120

/** @param reason of a report's `ng` or `unpack` line */
export function refusedBy(line: 'ng' | 'unpack', reason: string): LoadFailure {
  return new LoadFailure(RACES.test(reason) ? LOST_RACE : `${line}: ${withoutNames(reason)}`)
}

/** @param stderr of a git that has failed */
export function failedGit(stderr: string): LoadFailure {
  if (RACES.test(stderr)) return new LoadFailure(LOST_RACE)
  const said = TELLING.map((line) => line.exec(stderr)?.[0]).find((line) => line !== undefined)
  return new LoadFailure(`git: ${withoutNames(said ?? 'ended without a word')}`)
}

/** The same for failures that differ only in names. */
export function kindOf(err: unknown): string {
  if (err instanceof LoadFailure) return err.kind
  if (err instanceof StatusError) return `HTTP ${err.status}`
  const { code, message } = err as Partial<NodeJS.ErrnoException>
  return withoutNames(code ?? message ?? String(err))
}

function withoutNames(text: string): string {
  return text
    .replace(/https?:\/\/\S+/g, '<url>')
    .replace(/refs\/\S+/g, '<ref>')
    .replace(/\b[0-9a-f]{40,64}\b/g, '<id>')
    .trim()
    .slice(0, MAX_KIND_LENGTH)
}
