/**
 * Secrets in what a push says beside its objects, and what an upstream is told of it as well: names of new refs, and
 * push options.
 */
import { hashObject } from '../../git/quarantine/hashed-object.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { QuarantinedPush } from '../../kernel/policy.ts'
import { isCreate } from '../../kernel/ref-update.ts'
import { countsAt } from '../../scanner/finding.ts'
import type { RuleSet } from '../../scanner/rule.ts'
import type { LocatedFinding } from './located-finding.ts'
import type { ScanPushedParts } from './scan-pushed.ts'

interface Said {
  /** Of the text as a blob: it is remembered as one. */
  readonly oid: Oid
  readonly content: Buffer
  /** Stands for a path. Part of fingerprints: never change the words. */
  readonly where: '(ref name)' | '(push option)'
}

/** @throws what the scanner throws; the signal's reason */
export async function saidFindings(
  { scanner, verdicts }: ScanPushedParts,
  push: Pick<QuarantinedPush, 'updates' | 'options' | 'via'>,
  rules: RuleSet,
  signal: AbortSignal,
): Promise<readonly LocatedFinding[]> {
  const said = saidBy(push)
  const oids = said.map(({ oid }) => oid)
  const unknown = new Set(said.length === 0 ? [] : await verdicts.unknown(rules.version, oids))
  if (unknown.size === 0) return []
  const left = said.filter(({ oid }) => unknown.has(oid))
  const suspicious = await scanner.scan(rules, contentsOf(left), { signal })
  const withFindings = new Set(suspicious.map(({ oid }) => oid))
  await verdicts.add(
    rules.version,
    [...unknown].filter((oid) => !withFindings.has(oid)),
  )
  return suspicious.flatMap(({ oid, findings }) => {
    const path = said.find((text) => text.oid === oid)?.where ?? '(ref name)'
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
  const names = updates.filter(isCreate).map(({ ref }) => asSaid(ref, '(ref name)'))
  return [...names, ...(via === 'git' ? options : []).map((text) => asSaid(text, '(push option)'))]
}

function asSaid(text: string, where: Said['where']): Said {
  const content = Buffer.from(text)
  return { ...hashObject({ type: 'blob', content }, 'sha1'), where }
}

/** @see git-cat-file(1), BATCH OUTPUT */
async function* contentsOf(said: readonly Said[]): AsyncGenerator<Buffer> {
  yield Buffer.concat(
    said.flatMap(({ oid, content }) => [Buffer.from(`${oid} blob ${content.length}\n`), content, NEWLINE]),
  )
}

const NEWLINE = Buffer.from('\n')
