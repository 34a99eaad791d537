/** Starts `git send-pack`, the only program that the helper starts: it makes the pack and reads the report. */
import { spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { HelperError } from '../credential-helper/helper-error.ts'
import type { Options } from './options.ts'
import { FLUSH, pktLine } from './packets.ts'

export interface SendPack {
  readonly stdin: Writable
  readonly stdout: Readable
  /** Exit code; other than 0 also when a ref was refused. */
  readonly exited: Promise<number>
  /** Ends it; its words about a broken connection would only confuse. */
  readonly kill: () => void
}

/**
 * @param url for git's messages; no credential is in it
 * @param env without a token
 */
export function startSendPack(options: Options, url: string, env: NodeJS.ProcessEnv): SendPack {
  const child = spawn('git', argumentsFor(options, url), { env, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => {}) // its exit tells the story
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', () => reject(new HelperError('git cannot be started')))
    child.once('close', (code) => resolve(code ?? 128))
  })
  exited.catch(() => {}) // not everyone waits for it
  return { stdin: child.stdin, stdout: child.stdout, exited, kill: () => void child.kill() }
}

/** What it reads first. @param specs as in `push <spec>` */
export function preambleOf(specs: readonly string[], advertisement: Buffer): Buffer {
  return Buffer.concat([...specs.map((spec) => pktLine(`${spec}\n`)), FLUSH, advertisement])
}

/** As git-remote-http does. Values are part of their argument, so that none is taken for an option. */
function argumentsFor(options: Options, url: string): string[] {
  return [
    'send-pack',
    '--stateless-rpc',
    '--helper-status',
    '--thin',
    ...(options.dryRun ? ['--dry-run'] : []),
    ...(options.atomic ? ['--atomic'] : []),
    ...verbosityOf(options),
    ...options.pushOptions.map((option) => `--push-option=${option}`),
    options.progress ? '--progress' : '--no-progress',
    ...options.leases.map((lease) => `--force-with-lease=${lease}`),
    ...(options.forceIfIncludes ? ['--force-if-includes'] : []),
    '--stdin',
    url,
  ]
}

function verbosityOf({ verbosity }: Options): string[] {
  if (verbosity === 0) return ['--quiet']
  return verbosity > 1 ? ['--verbose'] : []
}
