/**
 * Every parser of src/git/wire against mutated messages: an answer or an AppError, in bounded time and
 * memory. `FUZZ_RUNS` and `FUZZ_SEED` from the environment; a failure prints the input.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { ByteSource } from '../../src/git/byte-source.ts'
import { checkUploadRequestStart, parseCommandRequest } from '../../src/git/wire/fetch-request.ts'
import { parsePackHeader } from '../../src/git/wire/pack-header.ts'
import { DELIM, FLUSH, pktLine, takePacket } from '../../src/git/wire/pkt-line.ts'
import { MAX_LINE_BYTES, ProgressLines } from '../../src/git/wire/progress-lines.ts'
import { writeRemarks } from '../../src/git/wire/push-remarks.ts'
import { readReceivePackRequest } from '../../src/git/wire/receive-pack-request.ts'
import { writeReport } from '../../src/git/wire/report-status.ts'
import { AppError } from '../../src/kernel/errors.ts'
import { refuse } from '../../src/kernel/ref-update.ts'
import { cutStream } from '../support/cut-stream.ts'
import { Dice, mutate } from './mutate.ts'

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 80_000)
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_390)
const MAX_GROWTH_BYTES = 16 * 1024 * 1024
/** No message here is longer than 4 KiB; only a parser that never asks again waits so long. */
const HANG_MS = 5000

const OID = 'a1'.repeat(20)
const ZERO = '0'.repeat(40)
const COMMAND = `${ZERO} ${OID} refs/heads/main`

const corpus: readonly Buffer[] = [
  [FLUSH],
  [
    `${COMMAND}\0report-status side-band-64k agent=git/2.39.5`,
    FLUSH,
    Buffer.from('PACK\0\0\0\x02\0\0\0\x01'),
  ],
  [
    `shallow ${OID}`,
    `${COMMAND}\0push-options atomic`,
    COMMAND,
    FLUSH,
    'ci.skip',
    FLUSH,
    Buffer.from('PACK'),
  ],
  [`${OID} ${ZERO} refs/heads/é\0delete-refs object-format=sha1\n`, FLUSH],
  ['push-cert\0push-cert=nonce', 'certificate version 0.1\n', FLUSH],
  [
    'command=ls-refs\n',
    'agent=git/2.39.5',
    'object-format=sha1',
    DELIM,
    'peel',
    'ref-prefix refs/heads/',
    FLUSH,
  ],
  ['agent=x', 'command=fetch', DELIM, 'thin-pack', `want ${OID}`, `have ${OID}`, 'deepen 1', 'done', FLUSH],
  [`want ${OID} multi_ack_detailed side-band-64k ofs-delta\n`, FLUSH, 'done\n'],
  [Buffer.from('PACK\0\0\0\x02\0\0\0\x01')],
  [Buffer.from('Unpacking objects:  50% (1/2)\rUnpacking objects: 100% (2/2), done.\n')],
].map((parts) => Buffer.concat(parts.map((p) => (typeof p === 'string' ? pktLine(p) : p))))

type Target = (input: Buffer, dice: Dice) => unknown

const targets: Readonly<Record<string, Target>> = {
  takePacket: countPackets,
  parseCommandRequest: (input) => parseCommandRequest(input, { objectFormat: 'sha1' }),
  checkUploadRequestStart: (input) => checkUploadRequestStart(input),
  parsePackHeader: (input) => parsePackHeader(input),
  ProgressLines: checkLines,
  readReceivePackRequest: readTwice,
}

function countPackets(input: Buffer): number {
  let packets = 0
  for (let packet = takePacket(input); packet !== null; packet = takePacket(packet.rest)) packets += 1
  return packets
}

function checkLines(input: Buffer, dice: Dice): void {
  const assembler = new ProgressLines()
  const at = dice.roll(input.length + 1)
  const lines = [...assembler.take(input.subarray(0, at)), ...assembler.take(input.subarray(at))]
  const whole = new ProgressLines().take(input)
  if (lines.join('') !== whole.join('')) throw new Error('a cut changed the lines')
  if (lines.some((line) => line.length > MAX_LINE_BYTES)) throw new Error('a line is too long')
}

/** Whole and cut in three, with the same outcome; what was read must be fit to be reported on. */
async function readTwice(input: Buffer, dice: Dice): Promise<void> {
  const whole = await outcomeOf(input, [])
  const cut = await outcomeOf(input, [dice.roll(input.length + 1), dice.roll(input.length + 1)])
  if (cut !== whole) throw new Error(`a cut changed the outcome from ${whole} to ${cut}`)
}

async function outcomeOf(input: Buffer, cuts: readonly number[]): Promise<string> {
  const body = new ByteSource(cutStream(input, cuts), { idleMs: HANG_MS })
  try {
    const request = await readReceivePackRequest(body, { objectFormat: 'sha1' })
    const results = request.updates.map(
      ({ ref }) => ({ ref, ok: false, refusal: refuse('REF_NAME_INVALID', ref) }) as const,
    )
    writeRemarks({ unpack: 'ok', results }, request.capabilities)
    writeReport({ unpack: 'ok', results }, request.capabilities)
    const { pack, capabilities, ...rest } = request
    const packBytes = pack && Buffer.concat(await pack.toArray()).toString('hex')
    return JSON.stringify({ ...rest, capabilities: [...capabilities], packBytes })
  } catch (err) {
    if (err instanceof AppError && err.code !== 'REQUEST_TIMEOUT') return err.code
    throw err
  }
}

/** An AppError is an answer; anything else is reported with its input. */
async function feed(name: string, target: Target, input: Buffer, dice: Dice): Promise<'parsed' | 'refused'> {
  try {
    await target(input, dice)
    return 'parsed'
  } catch (err) {
    if (err instanceof AppError) return 'refused'
    throw new Error(`${name} fails on ${input.toString('hex')}`, { cause: err })
  }
}

function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

test(`${RUNS} bad messages crash, hang or grow no parser`, { timeout: 4 * 3600_000 }, async () => {
  const dice = new Dice(SEED)
  const names = Object.keys(targets)
  const counts = { parsed: 0, refused: 0 }
  let slowestMs = 0
  let heldAtFirst = 0
  for (let run = 0; run < RUNS; run++) {
    const name = names[run % names.length] as keyof typeof targets
    const began = performance.now()
    counts[await feed(name, targets[name] as Target, mutate(corpus, dice), dice)] += 1
    slowestMs = Math.max(slowestMs, performance.now() - began)
    if (run === Math.floor(RUNS / 10)) heldAtFirst = heldBytes()
  }
  const grownBytes = heldBytes() - heldAtFirst
  console.log(
    JSON.stringify({ runs: RUNS, seed: SEED, ...counts, slowestMs: Math.round(slowestMs), grownBytes }),
  )
  expect(counts.parsed).toBeGreaterThan(RUNS / 20)
  expect(counts.refused).toBeGreaterThan(RUNS / 20)
  expect(slowestMs).toBeLessThan(HANG_MS)
  expect(grownBytes).toBeLessThan(MAX_GROWTH_BYTES)
})
