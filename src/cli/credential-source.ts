/** Where a command has its token from: `--token-file`, `SLUICE_TOKEN`, or the login of the server. Never an argument. */
import { readFile } from 'node:fs/promises'
import { CommandError } from './command-error.ts'

export interface CredentialWish {
  /** `--token-file`. */
  readonly tokenFile: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

const FAILED = 'look whether the command that wrote it failed'
const MAX_TOKEN_CHARS = 8 * 1024
/** What may stand in a header behind `Bearer`. */
const TOKEN = /^[\x21-\x7e]+$/

/**
 * A token that the caller brought along; `null`: none, so the login counts.
 *
 * @throws CommandError `usage`: the file cannot be read, or there is no token in what was given
 */
export async function tokenBrought({ tokenFile, env }: CredentialWish): Promise<string | null> {
  if (tokenFile !== undefined) return tokenOfFile(tokenFile, 'the token file')
  const text = env['SLUICE_TOKEN']
  if (text === undefined) return null
  // an empty one is no reason to go on with the login, which may do more than the token that is missing
  return parseToken(text, 'SLUICE_TOKEN', 'unset it to use the login')
}

/** @param from what to call the file. @throws CommandError `usage` */
export async function tokenOfFile(path: string, from: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
    throw new CommandError('usage', `${from} cannot be read (${code ?? 'unknown'})`)
  })
  return parseToken(text, from, FAILED)
}

/**
 * @param from what to call it when it is none; the text itself is never shown
 * @param whenEmpty what to do next about nothing at all
 */
export function parseToken(text: string, from: string, whenEmpty: string | null = null): string {
  const token = text.trim()
  if (token === '') throw new CommandError('usage', `${from} is empty`, whenEmpty)
  if (token.length > MAX_TOKEN_CHARS || !TOKEN.test(token))
    throw new CommandError('usage', `${from} holds no token`)
  return token
}
