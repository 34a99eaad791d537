/** Which server a command speaks to: `--server`, `SLUICE_URL`, the latest login, or the one on this machine. */
import { parseServer, type LoginFiles } from '../client/logins/login-files.ts'
import { isLoopback } from '../config/loopback.ts'
import { CommandError } from './command-error.ts'

/** Where `npm start` serves. */
const LOCAL = 'http://127.0.0.1:3000'

export interface ServerWish {
  /** `--server`. */
  readonly server: string | undefined
  readonly allowPlaintext: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * @returns base URL without a slash at its end
 * @throws CommandError `usage`: no http address, or http to another machine, where tokens could be read on the way
 */
export async function chooseServer(wish: ServerWish, logins: Pick<LoginFiles, 'list'>): Promise<string> {
  const named = wish.server ?? wish.env['SLUICE_URL'] ?? ''
  const server = named === '' ? ((await logins.list())[0]?.server ?? LOCAL) : parseNamed(named)
  const { protocol, hostname } = new URL(server)
  if (protocol === 'https:' || isLoopback(hostname) || wish.allowPlaintext) return server
  throw new CommandError(
    'usage',
    `${server} is not https: a token would travel readable by anybody on the way`,
    'use the https address of the server, or --allow-plaintext',
  )
}

function parseNamed(text: string): string {
  try {
    return parseServer(text)
  } catch {
    throw new CommandError(
      'usage',
      'the address of the server is none',
      'it looks like https://git.example.com',
    )
  }
}
