/**
 * The secret that is to follow, written aside before anything is sealed with it. The database says which of the two
 * it is sealed with, so that a crash at any point leaves the one that is needed.
 */
import { hkdfSync } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Kysely } from 'kysely'
import { AppError } from '../../kernel/errors.ts'
import type { Schema } from '../schema.ts'
import { keySecretPath } from './key-secret.ts'

/** Row of `meta`: `printOf` the secret with which the database was sealed anew last. */
export const SECRET_PRINT = 'key_secret_print'

const PRINT_BYTES = 16

export function nextSecretPath(dataDir: string): string {
  return `${keySecretPath(dataDir)}.next`
}

/** Tells secrets apart, and says nothing of them. */
export function printOf(secret: Buffer): string {
  return Buffer.from(hkdfSync('sha256', secret, '', 'sluice print of the secret', PRINT_BYTES)).toString(
    'hex',
  )
}

export async function writeNextSecret(dataDir: string, secret: Buffer): Promise<void> {
  const path = nextSecretPath(dataDir)
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(secret)
    await file.sync()
  } finally {
    await file.close()
  }
  await syncDirectory(path)
}

/** It takes the place of the one before, which is gone then. Nothing to do if somebody else has done it. */
export async function promoteNextSecret(dataDir: string): Promise<void> {
  const path = nextSecretPath(dataDir)
  await rename(path, keySecretPath(dataDir)).catch((err: NodeJS.ErrnoException) => {
    if (err.code !== 'ENOENT') throw err
  })
  await syncDirectory(path)
}

export interface SettleSecretParts {
  readonly kysely: Kysely<Schema>
  readonly dataDir: string
  /** `SLUICE_KEY_SECRET`, or `null`. */
  readonly configured: string | null
  /** The data directory is locked by this process: no rotation is under way. */
  readonly isLocked: boolean
}

/**
 * Finishes a rotation that did not come to its end, or drops it. To be called before anything sealed is opened.
 *
 * @throws AppError `KEY_SECRET_UNUSABLE`: it is finished except for the setting
 */
export async function settleSecret(parts: SettleSecretParts): Promise<void> {
  const { dataDir, configured, isLocked } = parts
  const next = await readFile(nextSecretPath(dataDir)).catch(orNull)
  if (next === null) return
  const print = await printIn(parts.kysely)
  if (print !== printOf(next)) return isLocked ? await drop(dataDir) : undefined
  if (configured === null) return await promoteNextSecret(dataDir)
  if (printOf(Buffer.from(configured)) !== print) throw notSetYet()
  if (isLocked) await drop(dataDir)
}

export async function printIn(kysely: Kysely<Schema>): Promise<string | null> {
  const row = await kysely
    .selectFrom('meta')
    .select('value')
    .where('key', '=', SECRET_PRINT)
    .executeTakeFirst()
  return row?.value ?? null
}

async function drop(dataDir: string): Promise<void> {
  await rm(nextSecretPath(dataDir), { force: true })
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path))
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

function orNull(err: NodeJS.ErrnoException): null {
  if (err.code === 'ENOENT') return null
  throw err
}

function notSetYet(): AppError {
  const reason =
    'the secret was rotated: set SLUICE_KEY_SECRET to what key.secret.next in the data directory holds'
  return new AppError('KEY_SECRET_UNUSABLE', { details: { reason } })
}
