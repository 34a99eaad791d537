/** The `ls-refs` command of protocol v2: its arguments and its answer. @see gitprotocol-v2(5), ls-refs */
import { AppError } from '../../kernel/errors.ts'
import { writeRef } from '../refs/ref-form.ts'
import { normalPrefixes } from '../refs/ref-ranges.ts'
import type { Head, RefSnapshot } from '../refs/ref-snapshot.ts'
import { FLUSH, pktLine } from './pkt-line.ts'

export interface LsRefsArgs {
  readonly peel: boolean
  readonly symrefs: boolean
  readonly unborn: boolean
  /** None means all refs. */
  readonly prefixes: readonly string[]
}

const PREFIX = 'ref-prefix '
/** With more, git answers with all refs as well. @see git's ls-refs.c, TOO_MANY_PREFIXES */
const MAX_PREFIXES = 65_536
/** Longer lists of prefixes are not asked twice. */
const MAX_REMEMBERED_PREFIXES = 64

/**
 * @param args one per packet, without its line feed
 * @throws AppError `MALFORMED_REQUEST` for an argument that git does not know
 */
export function parseLsRefsArgs(args: readonly string[]): LsRefsArgs {
  const prefixes = args
    .filter((arg) => arg.startsWith(PREFIX))
    .map((arg) => decodable(arg.slice(PREFIX.length)))
  const flags = args.filter((arg) => !arg.startsWith(PREFIX))
  const unknown = flags.find((arg) => !['peel', 'symrefs', 'unborn'].includes(arg))
  if (unknown !== undefined)
    throw new AppError('MALFORMED_REQUEST', { details: { reason: 'unknown argument of ls-refs' } })
  return {
    peel: flags.includes('peel'),
    symrefs: flags.includes('symrefs'),
    unborn: flags.includes('unborn'),
    prefixes: prefixes.length < MAX_PREFIXES ? prefixes : [],
  }
}

/** The part before the first byte that is not UTF-8: a server may always send more than was asked for. */
function decodable(prefix: string): string {
  const at = prefix.indexOf('\ufffd')
  return at < 0 ? prefix : prefix.slice(0, at)
}

/**
 * The whole answer, remembered in the snapshot. Asking for one prefix costs the same whatever the
 * number of refs.
 *
 * @param hidden prefixes of refs that do not exist for this caller
 */
export function writeLsRefs(snapshot: RefSnapshot, args: LsRefsArgs, hidden: readonly string[]): Buffer {
  if (args.prefixes.length > MAX_REMEMBERED_PREFIXES) return answer(snapshot, args, hidden)
  return snapshot.answers.get(questionOf(args, hidden), () => answer(snapshot, args, hidden))
}

function questionOf({ peel, symrefs, unborn, prefixes }: LsRefsArgs, hidden: readonly string[]): string {
  const flags = `${peel ? 'p' : ''}${symrefs ? 's' : ''}${unborn ? 'u' : ''}`
  return `ls-refs ${flags}\n${normalPrefixes(prefixes).join('\n')}\n\n${hidden.join('\n')}`
}

function answer(snapshot: RefSnapshot, args: LsRefsArgs, hidden: readonly string[]): Buffer {
  const { peel, symrefs, prefixes } = args
  const head = isAskedFor('HEAD', prefixes) ? writeHead(snapshot.head, args) : []
  const refs = snapshot.write({ prefixes, hidden }, { peeled: peel ? 'attribute' : 'omit', symrefs })
  return Buffer.concat([...head, ...refs, FLUSH])
}

function isAskedFor(name: string, prefixes: readonly string[]): boolean {
  return prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix))
}

function writeHead(head: Head, { peel, symrefs, unborn }: LsRefsArgs): Buffer[] {
  switch (head.kind) {
    case 'broken':
      return []
    case 'unborn':
      return unborn && symrefs ? [line(`unborn HEAD symref-target:${head.target}`)] : []
    case 'born':
      return [writeRef({ name: 'HEAD', ...head }, { peeled: peel ? 'attribute' : 'omit', symrefs })]
  }
}

function line(bytes: string): Buffer {
  return pktLine(Buffer.from(`${bytes}\n`, 'latin1'))
}
