import { expect, test } from 'vitest'
import type { Oid, RefName } from './ids.ts'
import { Ledger } from './ledger.ts'
import { refuse } from './ref-update.ts'

const update = (name: string) => ({
  ref: `refs/heads/${name}` as RefName,
  oldOid: '0'.repeat(40) as Oid,
  newOid: 'a'.repeat(40) as Oid,
})
const main = update('main')
const topic = update('topic')

test('a refused ref falls alone; results keep the order of the request', () => {
  const ledger = new Ledger([main, topic], { atomic: false })
  ledger.refuse([refuse('TOKEN_SCOPE', main.ref)])
  expect(ledger.standing).toEqual([topic])
  expect(ledger.results()).toMatchObject([
    { ref: main.ref, ok: false },
    { ref: topic.ref, ok: true },
  ])
})

test('in an atomic push one refusal fells the rest, and each keeps its own reason', () => {
  const ledger = new Ledger([main, topic], { atomic: true })
  ledger.refuse([refuse('TOKEN_SCOPE', main.ref)])
  expect(ledger.settled).toBe(true)
  expect(ledger.results()).toMatchObject([
    { refusal: { code: 'TOKEN_SCOPE' } },
    { refusal: { code: 'ATOMIC' } },
  ])
})

test('the first refusal of a ref is the one that is told', () => {
  const ledger = new Ledger([main], { atomic: false })
  ledger.refuse([refuse('REPO_ARCHIVED', null)])
  ledger.refuse([refuse('TOKEN_SCOPE', main.ref)])
  expect(ledger.results()).toMatchObject([{ refusal: { code: 'REPO_ARCHIVED', ref: main.ref } }])
})

test('a reason stays on its line, whatever a policy puts into it', () => {
  expect(refuse('UNPACK_FAILED', null, 'a\nok refs/heads/main\r\x00').reason).toBe(
    'unpacker error: a ok refs/heads/main',
  )
  expect(refuse('UNPACK_FAILED', null, 'x'.repeat(5000)).reason.length).toBeLessThanOrEqual(400)
})
