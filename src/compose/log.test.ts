import { expect, test } from 'vitest'
import { startRefusingRedis } from '../../test/support/redis-refusing.ts'
import { openRedis } from '../http/redis.ts'
import { AppError } from '../kernel/errors.ts'
import { describeError } from './log.ts'

test('an error is logged with its name, message, code, details, stack and causes', () => {
  const cause = Object.assign(new TypeError('below'), { code: 'E_BELOW' })
  const described = describeError(new AppError('UNAVAILABLE', { details: { reason: 'later' }, cause }))
  expect(described).toMatchObject({
    type: 'AppError',
    code: 'UNAVAILABLE',
    message: 'temporarily unavailable; try again',
    details: { reason: 'later' },
    cause: { type: 'TypeError', message: 'below', code: 'E_BELOW' },
  })
  expect(described.stack).toContain('log.test.ts')
})

test('errors that cause each other end somewhere', () => {
  const one = new Error('one')
  one.cause = new Error('other', { cause: one })
  expect(JSON.stringify(describeError(one)).length).toBeLessThan(20_000)
})

test('what is thrown and no error is not logged: it could be anything', () => {
  expect(JSON.stringify(describeError('hunter2'))).not.toContain('hunter2')
})

test('the address that could not be parsed is not logged', () => {
  const err = thrownBy(() => new URL('//user:hunter2@'))
  expect(JSON.stringify(err)).toContain('hunter2')
  expect(JSON.stringify(describeError(err))).not.toContain('hunter2')
})

test('the password that Redis does not like is not logged (redis-password-regression)', async () => {
  await using refusing = await startRefusingRedis()
  const err = await new Promise<Error>((failed, notOpened) => {
    const redis = openRedis(refusing.urlWith('hunter2'), (err) => {
      failed(err)
      void redis.then((open) => open.disconnect())
    })
    redis.catch(notOpened)
  })
  expect(JSON.stringify(err)).toContain('hunter2') // the library does say it
  expect(JSON.stringify(describeError(err))).not.toContain('hunter2')
})

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (err) {
    return err
  }
  throw new Error('nothing was thrown')
}
