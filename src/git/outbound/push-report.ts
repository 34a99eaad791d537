/** What `git push --porcelain` says of each ref. @see git-push(1), OUTPUT */
import { isRefName, type RefName } from '../../kernel/ids.ts'

export type RefReport =
  | { readonly ref: RefName; readonly kind: 'moved' }
  /** `reason`: words of the remote, in one line without control characters. */
  | { readonly ref: RefName; readonly kind: 'refused'; readonly reason: string }
  /** The connection ended before the remote said what it did. */
  | { readonly ref: RefName; readonly kind: 'unknown' }

const LINE = /^([ +\-*=!])\t[^\t:]*:([^\t]+)\t(.*)$/
const MAX_REASON_CHARS = 200
const QUOTES = 'the remote quotes the credential: its words are not shown'

/**
 * @param text stdout; what is no line about a ref is passed over
 * @param secrets that must not be shown, although the remote may quote them
 */
export function parsePushReport(
  text: string,
  secrets: readonly string[] = [],
): ReadonlyMap<RefName, RefReport> {
  const reports = new Map<RefName, RefReport>()
  for (const line of text.split('\n')) {
    const [, flag, ref = '', summary = ''] = LINE.exec(line) ?? []
    if (flag !== undefined && isRefName(ref)) reports.set(ref, reportOf(ref, flag, summary, secrets))
  }
  return reports
}

function reportOf(ref: RefName, flag: string, summary: string, secrets: readonly string[]): RefReport {
  if (flag !== '!') return { ref, kind: 'moved' }
  if (summary.startsWith('[remote failure]')) return { ref, kind: 'unknown' }
  const [, reason = summary] = /^\[[^\]]*\] \((.*)\)$/.exec(summary) ?? []
  if (secrets.some((secret) => reason.includes(secret))) return { ref, kind: 'refused', reason: QUOTES }
  return { ref, kind: 'refused', reason: shown(reason) }
}

/** In one line, without control characters, and not too long. */
export function shown(reason: string): string {
  return reason.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, MAX_REASON_CHARS)
}
