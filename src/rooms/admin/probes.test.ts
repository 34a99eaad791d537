import { expect, test } from 'vitest'
import { healthCheck, type Component } from './probes.ts'

const works = async () => {}
const fails = async () => {
  throw new Error('no')
}
const hangs = () => new Promise<void>(() => {})

const database = (probe: Component['probe']): Component => ({ name: 'database', probe, vital: true })
const jobs = (probe: Component['probe']): Component => ({ name: 'jobs', probe, vital: false })

test.each([
  ['all work', works, works, 'ok'],
  ['one that is not vital fails', works, fails, 'degraded'],
  ['a vital one fails', fails, works, 'down'],
  ['both fail', fails, fails, 'down'],
])('when %s, the server is %4$s', async (_claim, first, second, status) => {
  expect((await healthCheck([database(first), jobs(second)])()).status).toBe(status)
})

test('a probe that hangs counts as down when its budget is over', async () => {
  const check = healthCheck([database(works), jobs(hangs)], 5)
  expect(await check()).toEqual({ status: 'degraded', components: { database: 'ok', jobs: 'down' } })
})

test('a probe that hangs is not started again', async () => {
  let started = 0
  const check = healthCheck([database(() => (started++, hangs()))], 5)
  await Promise.all([check(), check()])
  await check()
  expect(started).toBe(1)
})

test('a component that has recovered is seen at the next check', async () => {
  let broken = true
  const check = healthCheck([database(() => (broken ? fails() : works()))])
  expect((await check()).status).toBe('down')
  broken = false
  expect((await check()).status).toBe('ok')
})

test('only the components that are asked for are probed', async () => {
  const check = healthCheck([database(works), jobs(fails)])
  expect(await check(['database'])).toEqual({ status: 'ok', components: { database: 'ok' } })
})
