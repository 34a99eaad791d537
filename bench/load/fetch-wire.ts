/** The messages of a shallow clone, as far as the load needs them. @see gitprotocol-v2(5), ls-refs, fetch */
import { createHash } from 'node:crypto'
import { DELIM, FLUSH, pktLine } from '../../src/git/wire/pkt-line.ts'
import { LoadFailure } from './failure.ts'
import { bandsOf } from './side-band.ts'

const CHECKSUM_BYTES = 20

/** What `git clone --depth 1 --single-branch` asks first. */
export function listRequest(): Buffer {
  return command('ls-refs', [
    'peel',
    'symrefs',
    'ref-prefix HEAD',
    'ref-prefix refs/heads/',
    'ref-prefix refs/tags/',
  ])
}

/** @throws LoadFailure when the list has no HEAD: nothing was pushed yet */
export function headIn(list: Buffer): string {
  const oid = /^[0-9a-f]{4}([0-9a-f]{40}) HEAD\b/.exec(list.toString('latin1', 0, 64))?.[1]
  if (oid === undefined) throw new LoadFailure('clone: the repository is empty')
  return oid
}

export function fetchRequest(tip: string): Buffer {
  return command('fetch', [
    'thin-pack',
    'no-progress',
    'include-tag',
    'ofs-delta',
    'deepen 1',
    `want ${tip}`,
    'done',
  ])
}

/** @throws LoadFailure unless the answer holds a pack whose checksum is right: a short one is none */
export function checkPack(answer: Buffer): void {
  const { data, fatal } = bandsOf(answer)
  if (fatal !== null) throw new LoadFailure(`clone: ${fatal}`)
  if (data.toString('latin1', 0, 4) !== 'PACK') throw new LoadFailure('clone: no pack')
  const content = data.subarray(0, -CHECKSUM_BYTES)
  const right = createHash('sha1').update(content).digest().equals(data.subarray(-CHECKSUM_BYTES))
  if (!right) throw new LoadFailure('clone: a pack that is not whole')
}

function command(name: string, args: readonly string[]): Buffer {
  const capabilities = [`command=${name}`, 'agent=git/2.39.5', 'object-format=sha1']
  const lines = (texts: readonly string[]) => texts.map((text) => pktLine(`${text}\n`))
  return Buffer.concat([...lines(capabilities), DELIM, ...lines(args), FLUSH])
}
