/** What would change if an upstream were set, in words that hold no secret. */
import { z } from 'zod'
import { fingerprintOf } from '../../../kernel/upstream/public-key.ts'
import { hostKeyFingerprint } from '../../../kernel/upstream/host-key.ts'
import { privateKeyFingerprint } from '../../../kernel/upstream/private-key.ts'
import type { ScanSettings } from '../../../store/scans/scan-settings.ts'
import type { Seal } from '../../../store/secrets/seal.ts'
import { credentialOf, provisionerOf } from '../../../store/upstreams/upstream-rows.ts'
import { NO_CREDENTIAL, type Upstream } from '../../../store/upstreams/upstream.ts'
import type { Wanted, WantedFields } from './wanted.ts'

export const PlanJson = z
  .object({
    result: z.enum(['added', 'changed', 'same']),
    changes: z.array(
      z.object({
        field: z.string(),
        from: z.string().nullable(),
        to: z.string().nullable(),
      }),
    ),
  })
  .meta({
    id: 'UpstreamPlan',
    example: { result: 'changed', changes: [{ field: 'maxAgeMs', from: '0', to: '2000' }] },
  })

export type Plan = z.output<typeof PlanJson>

/** Shown fields by name; a secret is shown by its fingerprint, or not at all. */
type Shown = Readonly<Record<string, string | null>>

interface ShownSecrets {
  readonly key: string | null
  readonly provisionerToken: string | null
}

export interface Planned {
  readonly wanted: Wanted
  /** `null`: as before. */
  readonly scan: ScanSettings | null
}

export function planUpstream(
  seal: Pick<Seal, 'open'>,
  known: Upstream | null,
  knownScan: ScanSettings,
  { wanted, scan }: Planned,
): Plan {
  const before = known && { ...shownFields(fieldsOf(known)), ...shownSecrets(known), ...shownScan(knownScan) }
  const after = {
    ...shownFields(wanted.fields),
    ...shownWanted(seal, known, wanted),
    ...shownScan(scan ?? knownScan),
  }
  const changes = Object.entries<string | null>(after)
    .map(([field, to]) => ({ field, from: (before as Shown | null)?.[field] ?? null, to }))
    .filter(({ from, to }) => from !== to)
  if (known === null) return { result: 'added', changes }
  return { result: changes.length === 0 ? 'same' : 'changed', changes }
}

function fieldsOf(known: Upstream): WantedFields {
  const { userName: name, userEmail: email } = known
  return { ...known, user: name === null || email === null ? null : { name, email } }
}

function shownFields(fields: WantedFields): Shown {
  const { url, provider, username, apiUrl, keyTtlSeconds, hostKey, ca, user } = fields
  return {
    url,
    provider,
    username,
    apiUrl,
    keyTtlSeconds: keyTtlSeconds === null ? null : String(keyTtlSeconds),
    hostKey: hostKey === null ? null : hostKeyFingerprint(hostKey),
    ca: ca === null ? null : fingerprintOf(Buffer.from(ca)),
    maxAgeMs: String(fields.maxAgeMs),
    staleIfError: String(fields.staleIfError),
    user: user === null ? null : `${user.name} <${user.email}>`,
  }
}

const A_TOKEN = 'a token'
const ANOTHER_TOKEN = 'another token'

function shownSecrets(known: Upstream): ShownSecrets {
  const isGone = known.credentialSealed === NO_CREDENTIAL
  return {
    key: isGone ? null : (known.keyFingerprint ?? A_TOKEN),
    provisionerToken: known.provisionerSealed === null ? null : A_TOKEN,
  }
}

function shownWanted(seal: Pick<Seal, 'open'>, known: Upstream | null, { secret }: Wanted): ShownSecrets {
  const before = known === null ? { key: null, provisionerToken: null } : shownSecrets(known)
  switch (secret.kind) {
    case 'keep':
      return before
    case 'privateKey':
      return { key: privateKeyFingerprint(secret.secret), provisionerToken: null }
    case 'token': {
      const isSame = before.key === A_TOKEN && known !== null && tokenOf(seal, known) === secret.secret
      return { key: before.key === A_TOKEN && !isSame ? ANOTHER_TOKEN : A_TOKEN, provisionerToken: null }
    }
    case 'make': {
      const isSame = known === null || provisionerTokenOf(seal, known) === secret.provisionerToken
      return {
        key: secret.keepsKey ? before.key : 'a new deploy key',
        provisionerToken: before.provisionerToken === null || isSame ? A_TOKEN : ANOTHER_TOKEN,
      }
    }
  }
}

function shownScan(scan: ScanSettings): Shown {
  const { enabled, rules, allow, approvalWaitMs } = scan
  return {
    'scan.enabled': String(enabled),
    'scan.rules': rules,
    'scan.allow': allow.length === 0 ? null : JSON.stringify(allow),
    'scan.approvalWaitMs': String(approvalWaitMs),
  }
}

function tokenOf(seal: Pick<Seal, 'open'>, known: Upstream): string {
  return seal.open(known.credentialSealed, credentialOf(known.repoId))
}

function provisionerTokenOf(
  seal: Pick<Seal, 'open'>,
  { repoId, provisionerSealed }: Upstream,
): string | null {
  return provisionerSealed === null ? null : seal.open(provisionerSealed, provisionerOf(repoId))
}
