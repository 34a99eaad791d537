/** What a pusher reads as `remote:` lines before the report: hints on refusals, or the same for programs. */
import type { RefName } from '../../kernel/ids.ts'
import type { RefUpdateResult } from '../../kernel/ref-update.ts'
import type { PushOutcome } from '../../kernel/update-refs.ts'
import type { Capabilities } from './capabilities.ts'
import { oneLine } from './report-status.ts'
import { BAND, sideBand, sideBandOf } from './side-band.ts'

/**
 * @param json the client pushed with `-o json`: one object a line instead of hints
 * @param notes further lines of the caller's own, e.g. where to open a pull request
 * @returns packets of band 2; empty when the client reads no side-band
 */
export function writeRemarks(
  outcome: PushOutcome,
  capabilities: Capabilities,
  { json = false, notes = [] }: { json?: boolean; notes?: readonly string[] } = {},
): Buffer {
  const width = sideBandOf(capabilities)
  if (width === null) return Buffer.alloc(0)
  const lines = [
    ...(json ? outcome.results.map(jsonLine) : [...noteLines(outcome), ...hintLines(outcome)]),
    ...notes.map(oneLine),
  ]
  return sideBand(BAND.progress, lines.map((line) => `${line}\n`).join(''), width)
}

/** `{"ref":"refs/heads/a","ok":true,"redirectedTo"?:…}` or `{"ref":…,"ok":false,"code":…,"reason":…,"hint":…,"details"?:…}`. */
function jsonLine(result: RefUpdateResult): string {
  if (result.ok)
    return JSON.stringify({ ref: result.ref, ok: true, redirectedTo: result.redirection?.to.ref })
  const { code, reason, hint, details } = result.refusal
  return JSON.stringify({ ref: result.ref, ok: false, code, reason, hint, details })
}

/** Refs that fell together have the same notes: they are said once. */
function noteLines({ results }: PushOutcome): string[] {
  const notes = new Set(results.map((result) => (result.ok ? undefined : result.refusal.notes)))
  return [...notes].flatMap((lines) => lines ?? []).map(indented)
}

/** What belongs to the line above it stays below it. */
function indented(note: string): string {
  return `${note.startsWith('  ') ? '  ' : ''}${oneLine(note)}`
}

/** `<ref>: <hint>`; further refs that were given the same hint are counted, not listed. */
function hintLines(outcome: PushOutcome): string[] {
  const byHint = new Map<string, { first: RefName; others: number }>()
  for (const result of outcome.results) {
    if (result.ok || result.refusal.hint === null) continue
    const seen = byHint.get(result.refusal.hint)
    if (seen) seen.others += 1
    else byHint.set(result.refusal.hint, { first: result.ref, others: 0 })
  }
  return [...byHint].map(([hint, { first, others }]) =>
    oneLine(`${first}${others > 0 ? ` and ${others} more` : ''}: ${hint}`),
  )
}
