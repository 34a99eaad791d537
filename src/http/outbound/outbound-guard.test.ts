import { expect, test } from 'vitest'
import { OutboundGuard } from './outbound-guard.ts'

const guardOf = (addresses: readonly string[], allow: readonly string[] = []) =>
  new OutboundGuard({ allow, resolve: () => Promise.resolve(addresses) })

const refused = { code: 'OUTBOUND_REFUSED' }

test.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '169.254.169.254',
  '172.31.255.255',
  '192.0.2.1',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:8.8.8.8',
  '::ffff:127.0.0.1',
  '64:ff9b::7f00:1',
  'fe80::1',
  'fd00::1',
  'ff02::1',
  '2001:db8::1',
  '2001::1',
  '2002:7f00:1::',
])('%s is not public, by itself or behind a name', async (address) => {
  const literal = address.includes(':') ? `[${address}]` : address
  await expect(guardOf([]).check(new URL(`http://${literal}/`))).rejects.toMatchObject(refused)
  await expect(guardOf([address]).check(new URL('https://a.example/'))).rejects.toMatchObject(refused)
})

test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111'])('%s is public', async (address) => {
  const family = address.includes(':') ? 6 : 4
  expect(await guardOf([address]).check(new URL('https://a.example/'))).toEqual({ address, family })
})

test('one address of a name that is not allowed is enough', async () => {
  const check = guardOf(['8.8.8.8', '10.0.0.1']).check(new URL('https://a.example/'))
  await expect(check).rejects.toMatchObject(refused)
})

test('what is allowed besides public addresses is allowed, and nothing beside it', async () => {
  const allow = ['10.0.0.0/8', '::1']
  const check = (address: string) => guardOf([address], allow).check(new URL('https://a.example/'))
  expect(await check('10.9.9.9')).toEqual({ address: '10.9.9.9', family: 4 })
  expect(await check('::1')).toEqual({ address: '::1', family: 6 })
  await expect(check('127.0.0.1')).rejects.toMatchObject(refused)
  await expect(check('::ffff:10.0.0.1')).rejects.toMatchObject(refused)
})

test.each(['ftp://8.8.8.8/', 'http://user@8.8.8.8/', 'http://:secret@8.8.8.8/'])(
  '%s is refused',
  async (url) => {
    await expect(guardOf([]).check(new URL(url))).rejects.toMatchObject(refused)
  },
)

test.each(['-a.example', '+a.example', '*.a.example', 'a,b.example'])(
  'a host that is called %s is refused: it would not be pinned-regression',
  async (host) => {
    await expect(guardOf(['8.8.8.8']).check(new URL(`https://${host}/`))).rejects.toMatchObject(refused)
  },
)

test('a name that has no address, or cannot be asked for, is no verdict', async () => {
  const url = new URL('https://a.example/')
  await expect(guardOf([]).check(url)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  const failing = new OutboundGuard({ allow: [], resolve: () => Promise.reject(new Error('SERVFAIL')) })
  await expect(failing.check(url)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})
