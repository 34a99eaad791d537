/** What a pusher is told of secrets that were found. */
import { refuse, type Refusal } from '../../kernel/ref-update.ts'
import type { Repository } from '../../kernel/repository.ts'
import type { Judged } from './judge-findings.ts'

const MAX_SHOWN = 20
const SHORT_OID = 12

/** Refuses all refs. @param more so many were found that the rest was not looked at */
export function secretFound(
  { orgSlug, slug }: Pick<Repository, 'orgSlug' | 'slug'>,
  judged: readonly Judged[],
  { more }: { readonly more: boolean },
): Refusal {
  const shown = judged.slice(0, MAX_SHOWN)
  const left = judged.length - shown.length
  const count = `${judged.length}${more ? ' or more' : ''} ${judged.length === 1 ? 'finding' : 'findings'}`
  return {
    ...refuse('SECRET_FOUND', null, count),
    notes: [
      ...findingLines(shown),
      ...(left > 0 ? [`and ${left} more`] : []),
      ...whatToDo(`${orgSlug}/${slug}`, shown),
    ],
    details: { findings: shown.map(toJson), more: left, complete: !more },
  }
}

/** For a pusher who waits, and for one who is refused. */
export function findingLines(judged: readonly Judged[]): readonly string[] {
  return judged.slice(0, MAX_SHOWN).flatMap(({ finding, state, reason }) => {
    const { rule, path, line, commit, redacted, fingerprint } = finding
    const at = line === null ? path : `${path}:${line}`
    const inCommit = commit === null ? '' : ` in ${commit.slice(0, SHORT_OID)}`
    return [
      printable(`${rule}: ${at}${inCommit}${redacted === '' ? '' : `: ${redacted}`}`),
      ...(fingerprint === null ? [] : [`  fingerprint ${fingerprint}${STATES[state]}`]),
      ...(state === 'denied' && reason !== null ? [printable(`  denied: ${reason}`)] : []),
    ]
  })
}

const STATES = {
  requested: ', approval is asked for',
  expired: ', its approval has expired and is asked for again',
  denied: '',
} as const

function whatToDo(repository: string, shown: readonly Judged[]): readonly string[] {
  const open = shown.find(({ finding, state }) => finding.fingerprint !== null && state !== 'denied')
  return [
    'a secret that is one: git commit --amend or git rebase -i takes it out of the commits; then revoke it',
    ...(open?.finding.fingerprint
      ? [
          'one that is none: an owner approves it, and you push again:',
          `  sluice gate approve ${repository} ${open.finding.fingerprint} --reason <why>`,
        ]
      : []),
  ]
}

function toJson({ finding, state, reason }: Judged) {
  return { ...finding, state, ...(state === 'denied' ? { reason } : {}) }
}

/** A path may hold anything that a terminal obeys. */
function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?')
}
