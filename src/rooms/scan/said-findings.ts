/**
 * Secrets in what a push says beside its objects, and what an upstream is told of it as well: names of new refs, and
 * push options.
 */
import type { Oid } from '../../kernel/ids.ts'
import type { QuarantinedPush } from '../../kernel/policy.ts'
import { isCreate } from '../../kernel/ref-update.ts'
import { countsAt } from '../../scanner/finding.ts'
import type { RuleSet } from '../../scanner/rule.ts'
import type { Scanner } from '../../scanner/scanner.ts'
import type { LocatedFinding } from './located-finding.ts'

interface Said {
  readonly text: string
  /** Stands for a path. Part of fingerprints: never change the words. */
  readonly where: '(ref name)' | '(push option)'
}

/** @throws what the scanner throws; the signal's reason */
export async function saidFindings(
  scanner: Pick<Scanner, 'scan'>,
  push: Pick<QuarantinedPush, 'updates' | 'options' | 'via'>,
  rules: RuleSet,
  signal: AbortSignal,
): Promise<readonly LocatedFinding[]> {
  const said = saidBy(push)
  if (said.length === 0) return []
  const suspicious = await scanner.scan(rules, contentsOf(said), { signal })
  return suspicious.flatMap(({ oid, findings }) => {
    const path = said[parseInt(oid, 16)]?.where ?? '(ref name)'
    const place = { path, commit: null, before: [] }
    return findings
      .filter((finding) => countsAt(finding, { path: null }))
      .map(({ rule, secret, inlineAllow }) => {
        const found = { rule, secret, inlineAllow, line: null, isUncounted: false }
        return { ...found, oid: oid as Oid, type: 'blob', place } as const
      })
  })
}

/** A push that the server makes itself has notes to its own log as options. */
function saidBy({ updates, options, via }: Pick<QuarantinedPush, 'updates' | 'options' | 'via'>): Said[] {
  const names = updates.filter(isCreate).map(({ ref }) => ({ text: ref, where: '(ref name)' }) as const)
  const given = via === 'git' ? options : []
  return [...names, ...given.map((text) => ({ text, where: '(push option)' }) as const)]
}

/** Each under its number in place of an id. @see git-cat-file(1), BATCH OUTPUT */
async function* contentsOf(said: readonly Said[]): AsyncGenerator<Buffer> {
  yield Buffer.concat(
    said.flatMap(({ text }, i) => {
      const content = Buffer.from(text)
      return [Buffer.from(`${i.toString(16).padStart(40, '0')} blob ${content.length}\n`), content, NEWLINE]
    }),
  )
}

const NEWLINE = Buffer.from('\n')
