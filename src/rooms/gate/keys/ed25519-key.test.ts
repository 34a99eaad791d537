import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { privateKeyFingerprint } from '../../../kernel/upstream/private-key.ts'
import { newEd25519Key } from './ed25519-key.ts'

const dir = mkdtempSync(join(tmpdir(), 'sluice-ed25519-'))
afterAll(() => rmSync(dir, { recursive: true }))

// the comment decides how much is padded
test.each(['', 'a', 'sluice 01990000-0000-7000-8000-000000000000', 'abcdefg', 'abcdefgh'])(
  'ssh-keygen reads a new key with the comment "%s", and agrees on its public part and fingerprint',
  (comment) => {
    const key = newEd25519Key(comment)
    const file = join(dir, `key-${comment.length}`)
    writeFileSync(file, key.privateKey, { mode: 0o600 })
    const told = execFileSync('ssh-keygen', ['-y', '-P', '', '-f', file], { encoding: 'utf8' })
    expect(told.trim().split(' ').slice(0, 2).join(' ')).toBe(key.publicKey)
    expect(execFileSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' })).toContain(key.fingerprint)
    expect(privateKeyFingerprint(key.privateKey)).toBe(key.fingerprint)
  },
)

test('no two keys are alike', () => {
  expect(newEd25519Key('').privateKey).not.toBe(newEd25519Key('').privateKey)
})
