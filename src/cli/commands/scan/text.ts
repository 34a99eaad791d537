/** A report for people: a few lines each on a terminal, one line each elsewhere. */
import { printable } from '../../../client/printable.ts'
import { tabbed, type Column } from '../../table.ts'
import type { Colors } from '../../terminal.ts'
import type { Report, ReportedFinding } from './report.ts'

const SHORT_OID = 12

export const COLUMNS: readonly Column<ReportedFinding>[] = [
  { title: 'place', value: placeOf },
  { title: 'rule', value: ({ rule }) => rule },
  { title: 'secret', value: ({ secret }) => secret },
  { title: 'commit', value: ({ commit }) => commit },
  { title: 'author', value: ({ author }) => author?.email },
  { title: 'date', value: ({ date }) => date },
  { title: 'fingerprint', value: (finding) => finding.fingerprint },
]

/** @param colors `null`: nobody looks at it */
export function text({ findings }: Report, colors: Colors | null): string {
  if (colors === null) return tabbed(findings, COLUMNS)
  return findings.map((finding) => `${blockOf(finding, colors).join('\n')}\n\n`).join('')
}

function blockOf(finding: ReportedFinding, { bold, red, dim }: Colors): readonly string[] {
  const { description, rule, secret, inlineAllow } = finding
  return [
    bold(printable(placeOf(finding))),
    `  ${description} ${dim(`(${rule})`)}${secret === '' ? '' : `  ${red(printable(secret))}`}`,
    ...commitLine(finding).map((line) => dim(`  ${printable(line)}`)),
    dim(`  fingerprint ${finding.fingerprint}`),
    ...(inlineAllow ? ['  a comment beside it asks for an exception; a server grants none by itself'] : []),
  ]
}

function commitLine({ commit, date, author, subject }: ReportedFinding): readonly string[] {
  if (commit === null) return []
  return [`commit ${commit.slice(0, SHORT_OID)} of ${date ?? '?'}, ${author?.email ?? '?'}: ${subject ?? ''}`]
}

/** `path:line:column`, as editors take it. */
function placeOf({ path, line, column, type, object }: ReportedFinding): string {
  const place = path ?? `${type} ${object.slice(0, SHORT_OID)}`
  return line === null ? place : `${place}:${line}:${column ?? 1}`
}
