/** What a backup says of itself. It is written last: a directory without it is no backup. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeNewFile } from '../../git/durable.ts'
import { AppError } from '../../kernel/errors.ts'
import { unusable } from './unusable.ts'

const FILE = 'manifest.json'
const FORMAT = 1

const count = z.int().min(0)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const Manifest = z.object({
  format: z.literal(FORMAT),
  createdAt: z.iso.datetime(),
  engine: z.enum(['sqlite', 'postgres']),
  schemaVersion: z.int().min(1),
  /** Position in the log of events at which everything stands. */
  sequence: count,
  /** Where the secret that opens what is sealed in the database is: in the backup, or in the settings. */
  keySecret: z.enum(['included', 'configured']),
  tables: z.record(z.string().regex(/^[a-z_]+$/), z.object({ rows: count, sha256 })),
  /** Of the list of repositories. */
  repositories: z.object({ count, sha256 }),
})
const Envelope = z.object({ backup: z.unknown(), sha256 })

export type Manifest = Omit<z.output<typeof Manifest>, 'format'>

/** On disk when it resolves, but for its name. */
export async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  const backup = { format: FORMAT, ...manifest }
  const sum = digest(JSON.stringify(backup))
  await writeNewFile(join(directory, FILE), `${JSON.stringify({ backup, sha256: sum }, null, 2)}\n`)
}

/** @throws AppError `NOT_FOUND`: no backup there; `BACKUP_UNUSABLE` */
export async function readManifest(directory: string): Promise<Manifest> {
  const envelope = Envelope.safeParse(await readJson(join(directory, FILE)))
  const { backup, sha256: sum } = envelope.data ?? {}
  if (sum !== digest(JSON.stringify(backup ?? null))) throw unusable('its manifest was changed or is cut off')
  const manifest = Manifest.safeParse(backup)
  if (!manifest.success) throw unusable('its manifest is of a version that this program does not know')
  return manifest.data
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    if (cause instanceof SyntaxError) throw unusable('its manifest is no JSON')
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    const reason = 'there is no whole backup in this directory'
    throw new AppError('NOT_FOUND', { details: { reason }, cause })
  }
}
