/** The scanner in its threads: what a caller may rely on when things go wrong. */
import { writeFile, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseGitleaksRules } from '../../src/scanner/gitleaks/parse-gitleaks-rules.ts'
import { defaultRules } from '../../src/scanner/rules/default-rules.ts'
import { openScanner, type Scanner } from '../../src/scanner/scanner.ts'
import { batchOf, blobOf, inPieces, oidOf } from '../support/batch-of.ts'
import { Dice } from '../support/dice.ts'
import { scanWorkerScript } from '../support/scan-worker.ts'
import { HEX, letters } from '../support/token-samples/letters.ts'

const TOKEN = `dop_v1_${letters(new Dice(9), HEX, 64)}`
const RULES = defaultRules()
let workerScript = ''
let scanner: Scanner

beforeAll(async () => {
  workerScript = await scanWorkerScript()
  scanner = openScanner({ workerScript, ruleSets: [RULES], workers: 1 })
})
afterAll(() => scanner[Symbol.asyncDispose]())

test('many scans at once each get their own findings', async () => {
  const scans = Array.from({ length: 20 }, (_, i) => {
    const clean = Array.from({ length: i }, () => blobOf('nothing here\n'.repeat(5000)))
    return scanner.scan(RULES, inPieces(batchOf(...clean, blobOf(`key: ${TOKEN}`)), 10_000 + i))
  })
  const found = await Promise.all(scans)
  expect(found.map((objects) => objects.map(({ oid }) => oid))).toEqual(found.map((_, i) => [oidOf(i)]))
})

test('100 MiB are scanned in a few pieces of memory, while the event loop stays free', async () => {
  const bytes = 100 * 1024 * 1024
  let longest = 0
  let last = performance.now()
  const beat = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 5)
  let scanned = 0
  const before = process.memoryUsage.rss()
  const objects = await scanner.scan(RULES, endless(bytes), { onBytes: (more) => (scanned += more) })
  clearInterval(beat)
  expect(objects.map(({ oid }) => oid)).toEqual([oidOf(0)])
  expect(scanned).toBeGreaterThan(bytes * 0.99)
  expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024)
  expect(longest).toBeLessThan(500)
})

test('what an aborted caller gets is its own reason, and the next scan is served', async () => {
  const stop = new AbortController()
  const scan = scanner.scan(
    RULES,
    endless(1e9, () => stop.abort(new Error('gone'))),
    { signal: stop.signal },
  )
  await expect(scan).rejects.toThrow('gone')
  expect(await scanner.scan(RULES, inPieces(batchOf(blobOf(TOKEN)), 7))).toHaveLength(1)
})

test('a stream that is broken fails its scan, and no other', async () => {
  await expect(scanner.scan(RULES, inPieces(Buffer.from(`${oidOf(1)} missing\n`), 9))).rejects.toThrow(
    'missing',
  )
  await expect(scanner.scan(RULES, inPieces(batchOf(blobOf(TOKEN)).subarray(0, -2), 9))).rejects.toThrow(
    'early',
  )
  expect(await scanner.scan(RULES, inPieces(batchOf(blobOf(TOKEN)), 9))).toHaveLength(1)
})

test('a worker that dies fails its scans: nothing passes unseen', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-dying-'))
  const dying = join(directory, 'dying.mjs')
  await writeFile(
    dying,
    `import { parentPort } from 'node:worker_threads'\nparentPort.on('message', () => process.exit(1))\n`,
  )
  await using mortal = openScanner({ workerScript: dying, ruleSets: [RULES], workers: 1 })
  for (let i = 0; i < 2; i++) {
    await expect(mortal.scan(RULES, inPieces(batchOf(blobOf('clean')), 9))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
  }
})

test('an expression that never ends costs its own scan, and the next gets another thread', async () => {
  const hostile = parseGitleaksRules(
    `[[rules]]\nid = "slow"\nregex = '(a+)+b'\nkeywords = ["aaa"]`,
    'slow.toml',
  )
  await using hasty = openScanner({ workerScript, ruleSets: [hostile], workers: 1, stuckMs: 500 })
  const stuck = hasty.scan(hostile, inPieces(batchOf(blobOf('a'.repeat(60))), 99))
  await expect(stuck).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(await hasty.scan(hostile, inPieces(batchOf(blobOf('aaab')), 99))).toHaveLength(1)
})

test('a rule set that the scanner was not given is refused, and so is any after the end', async () => {
  const other = parseGitleaksRules(`[[rules]]\nid = "o"\nregex = 'o'`, 'o.toml')
  const scan = (closed: Scanner) => closed.scan(RULES, inPieces(batchOf(), 9))
  await expect(async () => scanner.scan(other, inPieces(batchOf(), 9))).rejects.toThrow(RangeError)
  const closed = openScanner({ workerScript, ruleSets: [RULES] })
  await closed[Symbol.asyncDispose]()
  await expect(async () => scan(closed)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

/** One blob of `bytes`, with a secret at its end. */
async function* endless(bytes: number, onPiece?: () => void): AsyncGenerator<Buffer> {
  const piece = Buffer.from('let total = items.reduce((sum, item) => sum + item.price, 0)\n'.repeat(1000))
  const pieces = Math.floor(bytes / piece.length)
  yield Buffer.from(`${oidOf(0)} blob ${String(pieces * piece.length + TOKEN.length)}\n`)
  for (let i = 0; i < pieces; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    onPiece?.()
    yield piece
  }
  yield Buffer.from(`${TOKEN}\n`)
}
