/** Why git would not take a pack, in its own words, fit for the client. */
import { AppError } from '../../kernel/errors.ts'
import type { GitExit } from '../launcher/git-process.ts'

const MAX_REASON_CHARS = 200
/** `error: object <oid>: <fsck message id>: …` says more than the `fatal:` line behind it. */
const FSCK = /^error: (object [0-9a-f]+: .*)$/m
const MISSING =
  /unresolved delta|missing|bad object|did not receive expected object|could not read|object of unexpected type/i
const PATH = /'?(?<![\w.])\.{0,2}\/[^\s':]*'?/g

/** @returns AppError `PACK_REJECTED`; `details.missing`: objects that the pack needs are nowhere */
export function packRejected(exit: GitExit): AppError {
  const reason = reasonOf(exit)
  const missing = FSCK.test(exit.stderr) ? false : MISSING.test(exit.stderr)
  return new AppError('PACK_REJECTED', { details: { reason, missing }, cause: new Error(exit.stderr) })
}

function reasonOf({ stderr, signal, timedOut }: GitExit): string {
  if (timedOut) return 'took too long'
  const fsck = FSCK.exec(stderr)?.[1]
  const fatal = lastMatch(stderr, /^fatal: (.*)$/gm) ?? lastMatch(stderr, /^error: (.*)$/gm)
  const words = fsck ?? fatal ?? (signal === null ? 'unpacking failed' : 'needed too much time or memory')
  return words.replace(PATH, '<path>').slice(0, MAX_REASON_CHARS)
}

function lastMatch(text: string, pattern: RegExp): string | undefined {
  return [...text.matchAll(pattern)].at(-1)?.[1]
}
