/** Runs a stock git as a client, or to make an input. Never measured by itself. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export interface GitResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface GitOptions {
  readonly cwd?: string
  /** Written to its standard input. */
  readonly input?: string | Readable
  /** A failure is a result, and not thrown. */
  readonly mayFail?: boolean
}

/** No configuration of whoever runs the bench, one identity, one time: the same ids everywhere. */
const ENVIRONMENT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Bench',
  GIT_AUTHOR_EMAIL: 'bench@example.invalid',
  GIT_AUTHOR_DATE: '1700000000 +0000',
  GIT_COMMITTER_NAME: 'Bench',
  GIT_COMMITTER_EMAIL: 'bench@example.invalid',
  GIT_COMMITTER_DATE: '1700000000 +0000',
  LC_ALL: 'C',
  GIT_SSL_CAINFO: undefined, // it has more to say than a setting
}

/** @throws Error with git's own words when it fails */
export async function git(args: readonly string[], opts: GitOptions = {}): Promise<GitResult> {
  const { code, stdout, stderr } = await gitBytes(args, opts)
  return { code, stdout: stdout.toString('utf8'), stderr }
}

/** As `git`, where what it prints is not text. */
export async function gitBytes(
  args: readonly string[],
  opts: GitOptions = {},
): Promise<{ code: number; stdout: Buffer; stderr: string }> {
  const child = spawn('git', args, {
    env: { ...process.env, ...ENVIRONMENT },
    ...(opts.cwd === undefined ? {} : { cwd: opts.cwd }),
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  const closed = once(child, 'close')
  child.stdin.on('error', () => {}) // an early exit shows as its code
  if (opts.input === undefined || typeof opts.input === 'string') child.stdin.end(opts.input)
  else await pipeline(opts.input, child.stdin).catch(() => {})
  const [code] = (await closed) as [number | null]
  const said = Buffer.concat(stderr).toString('utf8')
  if (code !== 0 && opts.mayFail !== true) throw new Error(`git ${args.join(' ')}: ${said}`)
  return { code: code ?? -1, stdout: Buffer.concat(stdout), stderr: said }
}
