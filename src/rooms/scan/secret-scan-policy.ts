/**
 * The secret scan at the door: what a push brings is looked through before any ref moves. Whatever goes wrong in
 * here refuses the push.
 */
import { AppError } from '../../kernel/errors.ts'
import type { QuarantinedPush, RefUpdatePolicy } from '../../kernel/policy.ts'
import { refuse } from '../../kernel/ref-update.ts'
import type { RuleSet } from '../../scanner/rule.ts'
import type { ScanSettings } from '../../store/scans/scan-settings.ts'
import type { SecretScans } from '../../store/scans/secret-scans.ts'
import { withoutThoseBefore } from './already-there.ts'
import { withoutAllowed } from './allowed.ts'
import { askForApproval, unapproved, type Judged, type JudgeParts } from './judge-findings.ts'
import { forbiddenFiles, locatedFindings, type LocatedFinding } from './located-finding.ts'
import { changesOf, newCommits } from './new-commits.ts'
import { placesOf, type Places } from './places.ts'
import { saidFindings } from './said-findings.ts'
import { scanPushed, type ScannedPush, type ScanPushedParts } from './scan-pushed.ts'
import { secretFound } from './secret-found.ts'
import { shownFindings, type Fingerprint } from './shown-finding.ts'
import type { ApprovalWaits } from './wait-for-approval.ts'

export interface SecretScanParts extends ScanPushedParts, JudgeParts {
  readonly scans: Pick<SecretScans, 'of'>
  /** By name. */
  readonly ruleSets: ReadonlyMap<string, RuleSet>
  readonly fingerprintOf: Fingerprint
  readonly waits: Pick<ApprovalWaits, 'until'>
  /** The whole scan of a push may take that long. */
  readonly deadlineMs: number
}

export function secretScan(parts: SecretScanParts): RefUpdatePolicy {
  return {
    name: 'scan.secrets',
    async onObjects(push) {
      const settings = await parts.scans.of(push.repo)
      if (!settings.enabled) return []
      const deadline = AbortSignal.timeout(parts.deadlineMs)
      try {
        return await refuseSecrets(parts, push, settings, AbortSignal.any([push.signal, deadline]))
      } catch (err) {
        if (deadline.aborted && !push.signal.aborted) return [refuse('DEADLINE', null)]
        throw err
      }
    },
  }
}

async function refuseSecrets(
  parts: SecretScanParts,
  push: QuarantinedPush,
  settings: ScanSettings,
  signal: AbortSignal,
) {
  const rules = ruleSetOf(parts.ruleSets, settings.rules)
  const scanned = await scanPushed(parts, push, rules, signal)
  const located = await locate(push, scanned, rules)
  const said = await saidFindings(parts, push, rules, signal)
  const counted = withoutAllowed([...located, ...said], settings.allow)
  const brought = await withoutThoseBefore(push.objects, counted, signal)
  const waitMs = scanned.more || isNobodys(push) ? 0 : settings.approvalWaitMs
  const judged = await judge(parts, push, brought, waitMs)
  return judged.length === 0 && !scanned.more ? [] : [secretFound(push.repo, judged, scanned)]
}

/** The server keeps merges one after the other: nobody is told, and all others would wait. */
function isNobodys({ principal }: QuarantinedPush): boolean {
  return principal.kind === 'internal'
}

async function locate(
  push: QuarantinedPush,
  { isNew, found }: ScannedPush,
  rules: RuleSet,
): Promise<readonly LocatedFinding[]> {
  const places: Places = await placesOf(push, found).catch(nowhereIfTooMuch)
  const forbidsFiles = isNew && rules.rules.some(({ pattern }) => pattern === null)
  const changes = forbidsFiles ? await changesOf(push.objects, await newCommits(push), null) : []
  return [...locatedFindings(found, places), ...forbiddenFiles(rules, changes)]
}

/** They are findings all the same, though without the exceptions that hang on a place. */
function nowhereIfTooMuch(err: unknown): Places {
  if (err instanceof AppError && (err.code === 'UNAVAILABLE' || err.code === 'GIT_FAILED')) return new Map()
  throw err
}

async function judge(
  parts: SecretScanParts,
  push: QuarantinedPush,
  findings: readonly LocatedFinding[],
  waitMs: number,
): Promise<readonly Judged[]> {
  if (findings.length === 0) return []
  const shown = shownFindings(findings, parts.fingerprintOf)
  const judged = await unapproved(parts, push, shown)
  await askForApproval(parts, push, judged)
  return await parts.waits.until(push, waitMs, judged, () => unapproved(parts, push, shown))
}

/** @throws Error when the operator has removed it */
function ruleSetOf(ruleSets: SecretScanParts['ruleSets'], name: string): RuleSet {
  const rules = ruleSets.get(name)
  if (!rules) throw new Error(`there is no rule set ${name} any more`)
  return rules
}
