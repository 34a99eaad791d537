/**
 * The secret that seals private keys in the database: from the configuration, or a file beside the
 * data that only its owner can read, made at first start. A copy of the database alone is worth
 * nothing to a thief.
 */
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, stat, readFile, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../../kernel/errors.ts'

const FILE = 'key.secret'
const SECRET_BYTES = 32

/** Where it lies when it is not configured. */
export function keySecretPath(dataDir: string): string {
  return join(dataDir, FILE)
}

/**
 * @param configured `SLUICE_KEY_SECRET`; `null` to use the file
 * @throws AppError `KEY_SECRET_UNUSABLE` when it is short, or others than its owner may read the file
 */
export async function readKeySecret(dataDir: string, configured: string | null): Promise<Buffer> {
  if (configured !== null) return checkLength(Buffer.from(configured), 'SLUICE_KEY_SECRET')
  const path = keySecretPath(dataDir)
  await makeOnce(path)
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) throw unusable(`${FILE} can be read by others; set its mode to 0600`)
  return checkLength(await readFile(path), FILE)
}

/** Whole or not at all, also when two processes start at once: written aside, then linked. */
async function makeOnce(path: string): Promise<void> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  )
  if (exists) return
  await mkdir(dirname(path), { recursive: true })
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(aside, 'wx', 0o600)
  try {
    await file.writeFile(randomBytes(SECRET_BYTES))
    await file.sync()
    await link(aside, path)
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'EEXIST') throw err
  } finally {
    await file.close()
    await unlink(aside)
  }
}

function checkLength(secret: Buffer, name: string): Buffer {
  if (secret.length < SECRET_BYTES) throw unusable(`${name} is under ${SECRET_BYTES} bytes`)
  return secret
}

function unusable(reason: string): AppError {
  return new AppError('KEY_SECRET_UNUSABLE', { details: { reason } })
}
