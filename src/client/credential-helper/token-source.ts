/** Where the subject token of a helper comes from when nobody has signed in: read at the last moment, and not kept. */
import { close, fstat, open, read } from 'node:fs'
import { promisify } from 'node:util'
import { HelperError } from './helper-error.ts'

export type TokenSource =
  /** Inherited from whoever started git. A file there may have been deleted long ago. */
  | { readonly kind: 'descriptor'; readonly fd: number }
  | { readonly kind: 'file'; readonly path: string }
  /** Name of an environment variable. */
  | { readonly kind: 'variable'; readonly name: string }

/** The server takes no longer one. */
const MAX_TOKEN_BYTES = 8 * 1024
const TOKEN = /^[\x21-\x7e]+$/

const fs = { open: promisify(open), close: promisify(close), fstat: promisify(fstat), read: promisify(read) }

/** @throws HelperError when there is no token; it names the source, never what was in it */
export async function readTokenFrom(
  source: TokenSource,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const token = (await textOf(source, env)).trim()
  if (TOKEN.test(token) && Buffer.byteLength(token) <= MAX_TOKEN_BYTES) return token
  throw new HelperError(`there is no token in ${nameOf(source)}`)
}

async function textOf(
  source: TokenSource,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if (source.kind === 'variable') return env[source.name] ?? ''
  try {
    return source.kind === 'descriptor' ? await readDescriptor(source.fd) : await readFrom(source.path)
  } catch (err) {
    throw new HelperError(`${nameOf(source)} cannot be read (${(err as NodeJS.ErrnoException).code})`)
  }
}

async function readFrom(path: string): Promise<string> {
  const fd = await fs.open(path, 'r')
  try {
    return await readDescriptor(fd)
  } finally {
    await fs.close(fd)
  }
}

/** A file from its beginning, wherever others have read to, so that each helper finds the token; a pipe once. */
async function readDescriptor(fd: number): Promise<string> {
  const isFile = (await fs.fstat(fd)).isFile()
  const buffer = Buffer.alloc(MAX_TOKEN_BYTES + 2)
  let length = 0
  for (;;) {
    const { bytesRead } = await fs.read(fd, buffer, length, buffer.length - length, isFile ? length : null)
    length += bytesRead
    if (bytesRead === 0 || length === buffer.length) return buffer.toString('utf8', 0, length)
  }
}

function nameOf(source: TokenSource): string {
  switch (source.kind) {
    case 'descriptor':
      return `file descriptor ${source.fd}`
    case 'file':
      return `the token file`
    case 'variable':
      return `the environment variable ${source.name}`
  }
}
