/** A match that may be a finding, and what decides it. */
import type { Finding, PlaceException } from '../finding.ts'
import type { Allowlist } from '../rule.ts'
import type { CompiledRule } from './compiled-rules.ts'
import { entropy } from './entropy.ts'

export interface Candidate {
  readonly rule: CompiledRule
  readonly secret: string
  readonly match: string
  /** Of the secret in the text that was matched. */
  readonly index: number
}

/** The secret of a match is a group of it. */
export function candidateOf(rule: CompiledRule, match: RegExpExecArray): Candidate {
  const group = rule.rule.secretGroup
  const secret = (group > 0 ? match[group] : match.slice(1).find((text) => text)) ?? match[0]
  const within = match[0].lastIndexOf(secret)
  return { rule, secret, match: match[0], index: match.index + Math.max(0, within) }
}

/** Passed by the rule's own conditions; exceptions are another matter. */
export function isLikely({ rule: { rule, check }, secret, match }: Candidate): boolean {
  if (rule.entropy !== undefined && entropy(secret) <= rule.entropy) return false
  return check === null || check(secret, match)
}

/**
 * What the content leaves open of the exceptions.
 *
 * @param line text of the candidate's line
 * @returns `null`: it is excepted wherever it lies
 */
export function placesOf(
  candidate: Candidate,
  line: () => string,
): Pick<Finding, 'onlyAt' | 'exceptAt'> | null {
  const { rule, allow } = candidate.rule
  const exceptAt: PlaceException[] = []
  for (const list of allow) {
    const verdict = askList(list, candidate, line)
    if (verdict === 'excepted') return null
    if (verdict !== 'counts') exceptAt.push(verdict)
  }
  return { ...(rule.path && { onlyAt: rule.path }), ...(exceptAt.length > 0 && { exceptAt }) }
}

function askList(
  list: Allowlist,
  candidate: Candidate,
  line: () => string,
): 'excepted' | 'counts' | PlaceException {
  const all = list.condition === 'AND'
  const answers = contentAnswers(list, candidate, line)
  const byContent = all ? !answers.includes(false) : answers.includes(true)
  const paths = list.paths ?? []
  const commits = list.commits ?? []
  const namesPlaces = paths.length > 0 || commits.length > 0
  if (!all && byContent) return 'excepted'
  if (all && !byContent) return 'counts'
  if (!namesPlaces) return all && answers.length > 0 ? 'excepted' : 'counts'
  return { paths, commits, both: all && paths.length > 0 && commits.length > 0 }
}

/** An answer for each kind of content condition that the list names. */
function contentAnswers(list: Allowlist, { secret, match }: Candidate, line: () => string): boolean[] {
  const answers: boolean[] = []
  if (list.regexes?.length) {
    const target = list.regexTarget ?? 'secret'
    const text = target === 'secret' ? secret : target === 'match' ? match : line()
    answers.push(list.regexes.some((pattern) => pattern.test(text)))
  }
  if (list.stopwords?.length) {
    const folded = secret.toLowerCase()
    answers.push(list.stopwords.some((word) => folded.includes(word)))
  }
  return answers
}
