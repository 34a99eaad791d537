/** Scans what a push brought and nobody has scanned before with these rules. Nothing is skipped. */
import type { Oid } from '../../kernel/ids.ts'
import type { QuarantinedPush } from '../../kernel/policy.ts'
import type { PushedObject } from '../../kernel/ports.ts'
import type { ObjectFindings } from '../../scanner/finding.ts'
import type { RuleSet } from '../../scanner/rule.ts'
import type { Scanner } from '../../scanner/scanner.ts'
import type { ScanVerdicts } from '../../store/scans/scan-verdicts.ts'
import { scanProgress } from './scan-progress.ts'

export interface ScanPushedParts {
  readonly scanner: Pick<Scanner, 'scan'>
  readonly verdicts: Pick<ScanVerdicts, 'unknown' | 'add'>
}

export interface ScannedPush {
  /** The push brought something that the repository did not have. */
  readonly isNew: boolean
  /** Only objects with findings. */
  readonly found: readonly FoundObject[]
  /** So many were found that the rest was not looked at. */
  readonly more: boolean
}

export interface FoundObject extends ObjectFindings {
  readonly oid: Oid
  readonly type: PushedObject['type']
}

/** What one scan takes: its verdicts are kept even if a later one fails. */
const MAX_OBJECTS = 10_000
const MAX_BYTES = 256 * 1024 * 1024
/** Nobody goes through more; such a push is refused in any case. */
const ENOUGH_OBJECTS = 2_000

/** @throws what the scanner throws: then nothing is known of what is left; the signal's reason */
export async function scanPushed(
  { scanner, verdicts }: ScanPushedParts,
  { objects, progress }: Pick<QuarantinedPush, 'objects' | 'progress'>,
  rules: RuleSet,
  signal: AbortSignal,
): Promise<ScannedPush> {
  const { isNew, left } = await unscanned(verdicts, objects, rules)
  const found: FoundObject[] = []
  const onBytes = scanProgress(progress, sumOf(left))
  for (const batch of batchesOf(left)) {
    const oids = batch.map(({ oid }) => oid)
    const types = new Map<string, PushedObject['type']>(batch.map(({ oid, type }) => [oid, type]))
    const suspicious = await scanner.scan(rules, objects.contents(oids, signal), { signal, onBytes })
    for (const { oid, ...findings } of suspicious)
      found.push({ ...findings, oid: oid as Oid, type: types.get(oid) ?? 'blob' })
    const withFindings = new Set(suspicious.map(({ oid }) => oid))
    await verdicts.add(
      rules.version,
      oids.filter((oid) => !withFindings.has(oid)),
    )
    if (found.length > ENOUGH_OBJECTS) return { isNew, found, more: true }
  }
  return { isNew, found, more: false }
}

async function unscanned(
  verdicts: ScanPushedParts['verdicts'],
  objects: QuarantinedPush['objects'],
  { version }: RuleSet,
): Promise<{ readonly isNew: boolean; readonly left: readonly PushedObject[] }> {
  const left: PushedObject[] = []
  let isNew = false
  for await (const page of objects.pushed()) {
    isNew = true
    const oids = page.map(({ oid }) => oid)
    const unknown = new Set(await verdicts.unknown(version, oids))
    left.push(...page.filter(({ oid }) => unknown.has(oid)))
  }
  return { isNew, left }
}

function* batchesOf(objects: readonly PushedObject[]): Generator<readonly PushedObject[]> {
  let batch: PushedObject[] = []
  let bytes = 0
  for (const object of objects) {
    batch.push(object)
    bytes += object.bytes
    if (batch.length < MAX_OBJECTS && bytes < MAX_BYTES) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}

function sumOf(objects: readonly PushedObject[]): number {
  return objects.reduce((sum, { bytes }) => sum + bytes, 0)
}
