/**
 * New values of refs as loose objects, for as long as `update-ref` looks for them. They lie in a pack of the
 * quarantine already; but to find a new pack git lists all packs of the repository, and a push leaves one each.
 */
import { existsSync, mkdirSync, readdirSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import type { RefTransaction } from '../../kernel/ports.ts'
import { objectHeader, type HashedObject } from './hashed-object.ts'

/** Many are better looked for in their pack. */
const MAX_TIPS = 8
const MAX_TIP_BYTES = 16 * 1024

/**
 * The same transaction, which sees them while it is prepared. They are gone again before anything is decided: no crash
 * leaves one, and none has to be forced to disk.
 *
 * @param directory object directory of the quarantine
 */
export function withTips(
  transaction: RefTransaction,
  directory: string,
  tips: readonly HashedObject[],
): RefTransaction {
  return {
    prepare: async () => {
      using _shown = showTips(directory, tips.length > MAX_TIPS ? [] : tips)
      return await transaction.prepare()
    },
    commit: () => transaction.commit(),
    [Symbol.asyncDispose]: () => transaction[Symbol.asyncDispose](),
  }
}

/** Blocking: each is a small file. */
function showTips(directory: string, tips: readonly HashedObject[]): Disposable {
  const files = new Set<string>()
  const directories = new Set<string>()
  for (const tip of tips) {
    if (tip.content.length > MAX_TIP_BYTES) continue
    const fanOut = `${directory}/${tip.oid.slice(0, 2)}`
    const file = `${fanOut}/${tip.oid.slice(2)}`
    if (existsSync(file)) continue // a git has stored it so, or two refs get it
    if (mkdirSync(fanOut, { recursive: true }) !== undefined) directories.add(fanOut)
    writeFileSync(file, deflateSync(wholeOf(tip), { level: 1 }))
    files.add(file)
  }
  return {
    [Symbol.dispose]: () => {
      for (const file of files) unlinkSync(file)
      for (const fanOut of directories) if (readdirSync(fanOut).length === 0) rmdirSync(fanOut)
    },
  }
}

function wholeOf(object: HashedObject): Buffer {
  return Buffer.concat([Buffer.from(objectHeader(object)), object.content])
}
