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

const PULL = { ref: 'refs/pull/1/head' as RefName, oldOid: main.oldOid, newOid: main.newOid }
const redirection = {
  ref: main.ref,
  to: PULL,
  isForced: false,
  pullRequest: { id: 'p', number: 1, targetBranch: 'main', targetSha: main.newOid },
}

test('a redirected update goes on under its new name, and its result tells both', () => {
  const ledger = new Ledger([main, topic], { atomic: true })
  ledger.redirect([redirection])
  expect(ledger.standing).toEqual([PULL, topic])
  expect(ledger.results()).toEqual([
    { ref: main.ref, ok: true, redirection },
    { ref: topic.ref, ok: true },
  ])
  const moved = [PULL, topic].map((u) => ({ ...u, kind: 'create' as const, commits: [], total: 0 }))
  expect(ledger.withOrigins(moved)).toEqual([
    { ...moved[0], redirected: { from: main.ref, pullRequest: redirection.pullRequest } },
    moved[1],
  ])
})

test('whoever refuses it later names the new ref, and the pusher reads the one that he named', () => {
  const ledger = new Ledger([main, topic], { atomic: false })
  ledger.redirect([redirection])
  ledger.refuse([refuse('SECRET_FOUND', PULL.ref)])
  expect(ledger.standing).toEqual([topic])
  expect(ledger.results()[0]).toMatchObject({ ref: main.ref, ok: false, refusal: { ref: main.ref } })
})

test('what has fallen is not redirected any more', () => {
  const ledger = new Ledger([main], { atomic: false })
  ledger.refuse([refuse('TOKEN_SCOPE', main.ref)])
  ledger.redirect([redirection])
  expect(ledger.settled).toBe(true)
  expect(ledger.results()).toMatchObject([{ ref: main.ref, ok: false }])
})

test('a reason stays on its line, whatever a policy puts into it', () => {
  expect(refuse('UNPACK_FAILED', null, 'a\nok refs/heads/main\r\x00').reason).toBe(
    'unpacker error: a ok refs/heads/main',
  )
  expect(refuse('UNPACK_FAILED', null, 'x'.repeat(5000)).reason.length).toBeLessThanOrEqual(400)
})
