/** The secret scan: its rules, its threads, and the policy that asks them. */
import type { Config } from '../config/config.ts'
import type { FindDeleted } from '../http/repository-routes.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { RefUpdatePolicy } from '../kernel/policy.ts'
import type { Clock } from '../kernel/ports.ts'
import { newId } from '../kernel/uuid.ts'
import { checkScan } from '../rooms/scan/check-scan.ts'
import { fingerprintWith } from '../rooms/scan/fingerprint.ts'
import type { ScanRoutesParts } from '../rooms/scan/routes.ts'
import { secretScan } from '../rooms/scan/secret-scan-policy.ts'
import { ApprovalWaits } from '../rooms/scan/wait-for-approval.ts'
import { readRuleSets } from '../scanner/rule-sets.ts'
import { openScanner } from '../scanner/scanner.ts'
import type { EventLog } from '../store/log/events.ts'
import { Approvals } from '../store/scans/approvals.ts'
import { listApprovals } from '../store/scans/list-approvals.ts'
import type { ScanSettings } from '../store/scans/scan-settings.ts'
import { ScanVerdicts } from '../store/scans/scan-verdicts.ts'
import { SecretScans } from '../store/scans/secret-scans.ts'
import { readKeySecret } from '../store/secrets/key-secret.ts'
import type { Purge } from './purges.ts'
import type { Records } from './records.ts'

export interface ScanParts {
  readonly records: Records
  readonly clock: Clock
  /** Path of the built scan-worker.js. */
  readonly workerScript: string
}

/** Dispose after the last push. */
export interface Scan extends AsyncDisposable {
  readonly policy: RefUpdatePolicy
  readonly scans: SecretScans
  /** @throws AppError `UNPROCESSABLE`: the server has no such rules */
  readonly checkScan: (settings: Pick<ScanSettings, 'rules'>) => void
  readonly routes: (findDeleted: FindDeleted) => ScanRoutesParts
  readonly purge: Purge
}

const DEADLINE_MS = 30 * 60_000
const VERDICTS_STAY_MS = 90 * 86_400_000

/** @throws RulesError with file and line: the server does not start without the rules that it was given */
export async function openScan(config: Config, { records, clock, workerScript }: ScanParts): Promise<Scan> {
  const { database, events } = records
  const ruleSets = readRuleSets(config.scanRulesDir)
  const scanner = openScanner({ workerScript, ruleSets: [...ruleSets.values()] })
  const scans = new SecretScans({ database, events, clock })
  const verdicts = new ScanVerdicts({ database, clock })
  const approvals = new Approvals({ database, events, clock, newId })
  const secret = await readKeySecret(config.dataDir, config.secrets.keySecret?.reveal() ?? null)
  const waits = new ApprovalWaits({ clock, onDecided: (repoId, told) => onDecided(events, repoId, told) })
  return {
    policy: secretScan({
      scans,
      verdicts,
      approvals,
      scanner,
      ruleSets,
      waits,
      clock,
      fingerprintOf: fingerprintWith(secret),
      deadlineMs: DEADLINE_MS,
    }),
    scans,
    checkScan: (settings) => checkScan(ruleSets, settings),
    routes: (findDeleted) => ({
      scans,
      approvals,
      list: (filter, page) => listApprovals(database.kysely, filter, page),
      ruleSets,
      clock,
      findDeleted,
    }),
    purge: ['verdicts of the secret scan', () => verdicts.forget(clock.now() - VERDICTS_STAY_MS)],
    [Symbol.asyncDispose]: () => scanner[Symbol.asyncDispose](),
  }
}

function onDecided(events: EventLog, repoId: RepoId, told: () => void): Disposable {
  return events.onAppended((appended) => {
    if (appended.some((event) => event.repoId === repoId && event.type.startsWith('approval.'))) told()
  })
}
