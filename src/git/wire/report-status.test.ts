import { describe, expect, test } from 'vitest'
import type { Oid, RefName } from '../../kernel/ids.ts'
import { refuse, type RefUpdateResult } from '../../kernel/ref-update.ts'
import type { PushOutcome } from '../../kernel/update-refs.ts'
import { parseCapabilities } from './capabilities.ts'
import { FLUSH, takePacket } from './pkt-line.ts'
import { writeRemarks } from './push-remarks.ts'
import { writeReport } from './report-status.ts'

const MAIN = 'refs/heads/main' as RefName
const TOPIC = 'refs/heads/topic' as RefName
const ok = (ref: RefName): RefUpdateResult => ({ ref, ok: true })
const stale = (ref: RefName): RefUpdateResult => ({ ref, ok: false, refusal: refuse('REF_STALE', ref) })
const caps = (words: string) => parseCapabilities(words.split(' '))

const mixed: PushOutcome = { unpack: 'ok', results: [ok(MAIN), stale(TOPIC)] }
const happy: PushOutcome = { unpack: 'ok', results: [ok(MAIN)] }

/** Payloads up to the first flush, and what is behind it. */
function packets(bytes: Buffer): { lines: Buffer[]; rest: Buffer } {
  const lines: Buffer[] = []
  for (let rest = bytes; ;) {
    const packet = takePacket(rest)
    if (packet === null) return { lines, rest }
    if (packet.kind !== 'data') return { lines, rest: packet.rest }
    lines.push(packet.payload)
    rest = packet.rest
  }
}
const textLines = (bytes: Buffer) => packets(bytes).lines.map(String)
const onBand = (band: number, bytes: Buffer) => {
  const { lines, rest } = packets(bytes)
  expect(lines.every((line) => line[0] === band)).toBe(true)
  return { data: Buffer.concat(lines.map((line) => line.subarray(1))), rest }
}

describe('the report', () => {
  const plain = writeReport(mixed, caps('report-status'))

  test('names what became of each ref, in order', () => {
    expect(textLines(plain)).toEqual([
      'unpack ok\n',
      'ok refs/heads/main\n',
      'ng refs/heads/topic stale info; fetch first\n',
    ])
    expect(plain.subarray(-4)).toEqual(FLUSH)
  })

  test.each(['side-band', 'side-band-64k'])('goes whole over %s, which is flushed by itself', (width) => {
    const { data, rest } = onBand(
      1,
      Buffer.concat([writeReport(mixed, caps(`report-status ${width}`)), Buffer.from('end')]),
    )
    expect(data).toEqual(plain)
    expect(rest.toString()).toBe('end')
  })

  test('of ten thousand refs is split into packets', () => {
    const results = Array.from({ length: 10_000 }, () => stale(TOPIC))
    const { data } = onBand(1, writeReport({ unpack: 'ok', results }, caps('report-status-v2 side-band-64k')))
    expect(textLines(data)).toHaveLength(10_001)
  })

  test('says why the pack was refused, on one line', () => {
    const report = writeReport({ unpack: 'fsck:\nbad \x1b[31mtree', results: [] }, caps('report-status'))
    expect(textLines(report)).toEqual(['unpack fsck: bad  [31mtree\n'])
  })

  const PULL = 'refs/pull/12/head' as RefName
  const [A, B] = ['a', 'b'].map((digit) => digit.repeat(40)) as [Oid, Oid]
  const sentTo = (isForced: boolean): PushOutcome => {
    const pullRequest = { id: '', number: 12, targetBranch: 'main', targetSha: A }
    const redirection = { ref: MAIN, to: { ref: PULL, oldOid: A, newOid: B }, isForced, pullRequest }
    return { unpack: 'ok', results: [{ ref: MAIN, ok: true, redirection }] }
  }
  const told = ['unpack ok\n', 'ok refs/heads/main\n', 'option refname refs/pull/12/head\n']

  test('tells a client of version 2 what was done instead of what it asked for', () => {
    const words = caps('report-status report-status-v2')
    const values = [`option old-oid ${A}\n`, `option new-oid ${B}\n`]
    expect(textLines(writeReport(sentTo(false), words))).toEqual([...told, ...values])
    expect(textLines(writeReport(sentTo(true), words))).toEqual([
      ...told,
      ...values,
      'option forced-update\n',
    ])
  })

  test('tells a client of version 1 only that it is done', () => {
    expect(textLines(writeReport(sentTo(false), caps('report-status')))).toEqual(told.slice(0, 2))
  })
})

describe('a client that reads no report', () => {
  test('gets an error packet', () => {
    expect(textLines(writeReport(mixed, caps('')))).toEqual([
      'ERR refs/heads/topic: stale info; fetch first\n',
    ])
  })

  test('gets the error on band 3 if it reads side-bands', () => {
    const { data } = onBand(3, writeReport(mixed, caps('side-band-64k')))
    expect(data.toString()).toBe('refs/heads/topic: stale info; fetch first\n')
  })

  test('hears how many refs were refused, and nothing when none was', () => {
    const both = { unpack: 'ok', results: [stale(MAIN), stale(TOPIC)] }
    expect(textLines(writeReport(both, caps('')))).toEqual([
      'ERR refs/heads/main: stale info; fetch first (and 1 more)\n',
    ])
    expect(writeReport(happy, caps(''))).toHaveLength(0)
    expect(writeReport(happy, caps('side-band-64k'))).toEqual(FLUSH)
  })
})

describe('remarks', () => {
  const wide = caps('side-band-64k')

  test('give each hint once, on band 2', () => {
    const both = { unpack: 'ok', results: [stale(MAIN), stale(TOPIC), ok(MAIN)] }
    expect(onBand(2, writeRemarks(both, wide)).data.toString()).toBe(
      'refs/heads/main and 1 more: the ref moved since you last saw it: git fetch, then push again\n',
    )
  })

  test('are JSON, one object for each ref, for who asks for it', () => {
    const lines = onBand(2, writeRemarks(mixed, wide, { json: true }))
      .data.toString()
      .trim()
      .split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { ref: MAIN, ok: true },
      expect.objectContaining({
        ref: TOPIC,
        ok: false,
        code: 'REF_STALE',
        reason: 'stale info; fetch first',
      }),
    ])
  })

  test('end with the notes of the caller', () => {
    const notes = ['open a pull request: http://localhost/x\ny']
    expect(onBand(2, writeRemarks(happy, wide, { notes })).data.toString()).toBe(
      'open a pull request: http://localhost/x y\n',
    )
  })

  test('are not sent to a client without side-bands', () => {
    expect(writeRemarks(mixed, caps('report-status'))).toHaveLength(0)
  })
})
