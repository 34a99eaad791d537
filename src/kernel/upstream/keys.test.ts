/** ssh-keygen is the authority on what a key is, and on its fingerprint. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hostKeyFault, hostKeyFingerprint, parseHostKey } from './host-key.ts'
import { cleanPrivateKey, privateKeyFault, privateKeyFingerprint } from './private-key.ts'

const run = promisify(execFile)

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-keys-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

let made = 0
async function keyOf(...args: string[]) {
  const file = join(dir, String(++made))
  await run('ssh-keygen', ['-q', '-f', file, '-C', 'a comment', '-N', '', ...args])
  const { stdout } = await run('ssh-keygen', ['-l', '-f', file])
  const [privateKey, publicKey] = [await readFile(file, 'utf8'), await readFile(`${file}.pub`, 'utf8')]
  return { privateKey, publicKey: publicKey.trim(), fingerprint: stdout.split(' ')[1] }
}

test.each([
  ['ed25519'],
  ['ecdsa', '-b', '256'],
  ['ecdsa', '-b', '384'],
  ['ecdsa', '-b', '521'],
  ['rsa', '-b', '2048'],
  ['rsa', '-b', '2048', '-m', 'PEM'],
  ['rsa', '-b', '2048', '-m', 'PKCS8'],
  ['ecdsa', '-b', '256', '-m', 'PEM'],
  ['ecdsa', '-b', '521', '-m', 'PKCS8'],
])('a key of ssh-keygen -t %s %s %s %s has the fingerprint that ssh-keygen shows', async (type, ...args) => {
  const { privateKey, publicKey, fingerprint } = await keyOf('-t', type, ...args.filter(Boolean))
  expect(privateKeyFault(privateKey)).toBeNull()
  expect(privateKeyFingerprint(privateKey.replaceAll('\n', '\r\n').trimEnd())).toBe(fingerprint)
  expect(hostKeyFault(publicKey)).toBeNull()
  expect(hostKeyFingerprint(parseHostKey(publicKey))).toBe(fingerprint)
  expect(parseHostKey(publicKey)).not.toContain('comment')
})

test('a key that is locked, too short, cut off or none at all is refused, and not repeated', async () => {
  const { privateKey } = await keyOf('-t', 'ed25519')
  const locked = (await keyOf('-t', 'ed25519', '-N', 'hunter2')).privateKey
  const lockedPem = (await keyOf('-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', 'hunter2')).privateKey
  const short = (await keyOf('-t', 'rsa', '-b', '1024')).privateKey
  const lines = cleanPrivateKey(privateKey).split('\n')
  const cut = [...lines.slice(0, 2), ...lines.slice(-2)].join('\n')
  expect(privateKeyFault(locked)).toMatch(/passphrase/)
  expect(privateKeyFault(lockedPem)).toMatch(/passphrase/)
  expect(privateKeyFault(short)).toMatch(/2048 bits/)
  for (const text of [
    cut,
    'hunter2',
    '',
    `-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----\n`,
  ])
    expect(privateKeyFault(text)).toMatch(/^(?!.*hunter2)./)
})

test('a host key must be whole, and of the algorithm that it says', async () => {
  const { publicKey } = await keyOf('-t', 'ed25519')
  const [, base64 = ''] = publicKey.split(' ')
  for (const text of [
    `ssh-rsa ${base64}`,
    `ssh-ed25519 ${base64.slice(0, 40)}`,
    'ssh-ed25519',
    base64,
    `forge.example ${publicKey}`,
    `${publicKey}\nother.example ${publicKey}`,
    `ssh-dss ${Buffer.from('\0\0\0\x07ssh-dss').toString('base64')}`,
  ])
    expect(hostKeyFault(text)).toEqual(expect.any(String))
})
