/**
 * `push`: git send-pack makes the request and reads the report, the helper sends it. The whole request
 * is there before a byte of it goes out, so it can announce its size, and be sent again.
 *
 * @see gitremote-helpers(7), push
 */
import type { IncomingMessage } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { Writable } from 'node:stream'
import { HelperError } from '../credential-helper/helper-error.ts'
import { decoded, type Advertisement } from './advertisement.ts'
import { ByteInput } from './byte-input.ts'
import { ByteOutput } from './byte-output.ts'
import { failureOf } from './failed-answer.ts'
import type { GitSession } from './git-session.ts'
import type { Options } from './options.ts'
import { outcomeOf, resendAfterSeconds, type PushOutcome } from './push-answer.ts'
import { readPushRequest, type PushRequest } from './push-request.ts'
import { preambleOf, startSendPack } from './send-pack.ts'
import { Spool } from './spool.ts'
import { withUploadProgress } from './upload-progress.ts'

export interface PushParts {
  readonly session: GitSession
  readonly options: Options
  /** For `git send-pack`; without a token. */
  readonly env: NodeJS.ProcessEnv
  /** Where a large pack waits to be sent. */
  readonly directory: string
  /** Standard error. */
  readonly terminal: Writable
}

const SERVICE = 'git-receive-pack'
const MAX_ATTEMPTS = 3

/**
 * @param specs `[+]<src>:<dst>` of one batch
 * @param output gets `ok <ref>` and `error <ref> <why>`, for git
 * @returns exit code for git: 0 when every ref has moved
 * @throws HelperError when there is no report
 */
export async function push(
  parts: PushParts,
  specs: readonly string[],
  offered: Advertisement,
  output: ByteOutput,
): Promise<number> {
  const { session, options, env, directory } = parts
  await using spool = new Spool(directory)
  const sender = startSendPack(options, session.base, env)
  try {
    const fromSender = new ByteInput(sender.stdout)
    const toSender = new ByteOutput(sender.stdin)
    await toSender.write(preambleOf(specs, offered.packets))
    const request = await readPushRequest(fromSender, spool)
    if (request !== null) {
      await passReport(await send(parts, spool, request), toSender)
      await fromSender.packet() // a flush: it has read the report and asks nothing more
    }
    toSender.end()
    await passStatus(fromSender, output)
    return await sender.exited
  } catch (err) {
    sender.kill()
    throw err
  }
}

/** Sends it, and again while the server says that it took nothing of it. */
async function send(parts: PushParts, spool: Spool, { packBytes }: PushRequest): Promise<IncomingMessage> {
  const { session, options, terminal } = parts
  const headers = { 'x-sluice-push-size': String(packBytes) }
  const open = () => {
    const body = spool.open()
    return options.progress ? withUploadProgress(body, spool.bytes, terminal) : body
  }
  for (let attempt = 1; ; attempt++) {
    const answer = await session.call(SERVICE, headers, { bytes: spool.bytes, open }).catch(asUnknown)
    if (answer.statusCode === 200) return answer
    const failure = await failureOf(answer)
    const seconds = resendAfterSeconds(answer)
    if (seconds === null || attempt === MAX_ATTEMPTS) throw failure
    if (options.verbosity > 0) terminal.write(`The server is busy; pushing again in ${seconds} s.\n`)
    await wait(seconds * 1000)
  }
}

async function passReport(answer: IncomingMessage, toSender: ByteOutput): Promise<void> {
  try {
    for await (const chunk of decoded(answer) as AsyncIterable<Buffer>) await toSender.write(chunk)
  } catch {
    throw new HelperError(`the connection was lost before the report came; ${WHAT_NOW[outcomeOf(answer)]}`)
  }
}

async function passStatus(sender: ByteInput, output: ByteOutput): Promise<void> {
  for (let lines = await sender.some(); lines !== null; lines = await sender.some()) await output.write(lines)
  await output.write('\n')
}

const WHAT_NOW: Readonly<Record<PushOutcome, string>> = {
  applied: 'the push was applied: git fetch',
  'not-applied': 'nothing was applied: push again',
  indeterminate: 'it is not known whether the push was applied: git fetch, and look before you push again',
}

function asUnknown(err: unknown): never {
  throw err instanceof HelperError ? new HelperError(`${err.message}; ${WHAT_NOW.indeterminate}`) : err
}
