/** Secrets that lie in files of the server's machine: only whoever administers it may name one. */
import { open } from 'node:fs/promises'
import { AppError } from '../../../kernel/errors.ts'
import { isAllPowerful } from '../../../kernel/access.ts'
import type { Principal } from '../../../kernel/principal.ts'
import { declarationSchema, type DeclaredKey } from '../../../kernel/upstream/declaration.ts'

const MAX_BYTES = 64 * 1024

/** The key with its secret in it, as if it had been sent. */
export async function withSecret(key: DeclaredKey, principal: Principal): Promise<DeclaredKey> {
  if (key.path === undefined) return key
  if (!isAllPowerful(principal))
    throw unusable('a path is one of the server, which only its administrators name; send the secret itself')
  const { path, ...others } = key
  const secret = await readSecret(path)
  return checked({ ...others, [memberOf(key)]: key.provider === 'static' ? secret : secret.trim() })
}

function memberOf({ provider }: DeclaredKey): 'privateKey' | 'token' | 'provisionerToken' {
  if (provider === 'static') return 'privateKey'
  return provider === 'token' ? 'token' : 'provisionerToken'
}

/** What is in it, is told to nobody; nor is why it cannot be read, beyond that. */
async function readSecret(path: string): Promise<string> {
  try {
    await using file = await open(path)
    if (!(await file.stat()).isFile()) throw new Error('no regular file')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } catch (cause) {
    throw new AppError('UNPROCESSABLE', { details: { reason: 'the file of the key cannot be read' }, cause })
  }
}

function checked(key: object): DeclaredKey {
  const parsed = declarationSchema().shape.key.safeParse(key)
  if (parsed.success && parsed.data) return parsed.data
  throw unusable('the file of the key does not hold what its provider needs')
}

function unusable(reason: string): AppError {
  return new AppError('UNPROCESSABLE', { details: { reason } })
}
