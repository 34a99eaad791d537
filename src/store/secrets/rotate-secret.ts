/**
 * Replaces the secret of a server by a new one. Nobody else may use the data directory meanwhile: what is sealed with
 * the old secret after this cannot be opened.
 */
import { randomBytes } from 'node:crypto'
import { AppError } from '../../kernel/errors.ts'
import type { Database, Trx } from '../database.ts'
import type { EventLog } from '../log/events.ts'
import { readKeySecret } from './key-secret.ts'
import {
  nextSecretPath,
  printIn,
  printOf,
  promoteNextSecret,
  SECRET_PRINT,
  settleSecret,
  writeNextSecret,
} from './next-secret.ts'
import { resealAll } from './reseal.ts'

export interface RotateSecretParts {
  readonly database: Database
  readonly events: EventLog
  /** Locked by the caller. */
  readonly dataDir: string
  /** `SLUICE_KEY_SECRET`; `null`: it is in its file. */
  readonly configured: string | null
}

export interface RotatedSecret {
  /** How many values were sealed anew. */
  readonly values: number
  /** File from which the operator has to take the new value of `SLUICE_KEY_SECRET`; `null`: it is in its place. */
  readonly toBeSet: string | null
}

const SECRET_BYTES = 32

/** @throws AppError `KEY_SECRET_UNUSABLE`: the present secret is not the one of the database; nothing has changed */
export async function rotateSecret(parts: RotateSecretParts): Promise<RotatedSecret> {
  const { database, events, dataDir, configured } = parts
  await settleSecret({ ...parts, kysely: database.kysely, isLocked: true })
  const old = await readKeySecret(dataDir, configured)
  await checkIsOf(database, old)
  const next = newSecret(configured !== null)
  await writeNextSecret(dataDir, next)
  const values = await database.transaction(async (trx) => {
    const resealed = await resealAll(trx, { old, next })
    await writePrint(trx, printOf(next))
    await events.append(trx, [secretRotated(resealed)])
    return resealed
  })
  if (configured !== null) return { values, toBeSet: nextSecretPath(dataDir) }
  await promoteNextSecret(dataDir)
  return { values, toBeSet: null }
}

/** One that goes into a setting is text. */
function newSecret(isText: boolean): Buffer {
  const bytes = randomBytes(SECRET_BYTES)
  return isText ? Buffer.from(bytes.toString('base64url')) : bytes
}

async function checkIsOf({ kysely }: Database, secret: Buffer): Promise<void> {
  const print = await printIn(kysely)
  if (print === null || print === printOf(secret)) return
  const reason = 'the database is sealed with another secret than this one'
  throw new AppError('KEY_SECRET_UNUSABLE', { details: { reason } })
}

async function writePrint(trx: Trx, value: string): Promise<void> {
  await trx
    .insertInto('meta')
    .values({ key: SECRET_PRINT, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute()
}

function secretRotated(values: number) {
  return {
    type: 'key.secret_rotated',
    repoId: null,
    orgId: null,
    projectId: null,
    actorId: null,
    agentId: null,
    targetId: null,
    data: { values },
  }
}
