import { chmod, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tokenFile } from '../disk/disk-store.ts'
import { loginDirectory, LoginFiles, parseServer, type Login } from './login-files.ts'

const SERVER = 'https://git.example.test/sluice'

function loginTo(server: string, fields: Partial<Login> = {}): Login {
  const account = { id: null, displayName: 'ann' }
  return { server, token: 'secret', expiresAt: null, refreshToken: null, account, signedInAt: 1, ...fields }
}

async function files() {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-logins-'))
  const logins = new LoginFiles(join(directory, 'sluice', 'logins'))
  return { logins, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) }
}

test('a login is read back by its server, and nobody else may read its file or directory', async () => {
  await using it = await files()
  expect(await it.logins.read(SERVER)).toBe(null)
  await it.logins.write(loginTo(SERVER))
  expect(await it.logins.read(SERVER)).toEqual(loginTo(SERVER))
  expect((await stat(it.logins.pathOf(SERVER))).mode & 0o777).toBe(0o600)
  expect((await stat(it.logins.directory)).mode & 0o777).toBe(0o700)
  expect(await it.logins.read('https://other.example.test')).toBe(null)
})

test('a file that others can read, a link, and what is no login are not believed', async () => {
  await using it = await files()
  await it.logins.write(loginTo(SERVER))
  const path = it.logins.pathOf(SERVER)
  await chmod(path, 0o640)
  await expect(it.logins.read(SERVER)).rejects.toThrow('can be reached by others')
  await chmod(path, 0o600)
  const other = 'https://other.example.test'
  await symlink(path, it.logins.pathOf(other))
  await expect(it.logins.read(other)).rejects.toThrow('can be reached by others')
  await writeFile(path, '{"server":')
  await expect(it.logins.read(SERVER)).rejects.toThrow('is no login')
})

test('the file of one server moved under the name of another gives that one nothing', async () => {
  await using it = await files()
  const attacker = 'https://attacker.example.test'
  await it.logins.write(loginTo(SERVER))
  const moved = it.logins.pathOf(attacker)
  await writeFile(moved, JSON.stringify(loginTo(SERVER)), { mode: 0o600 })
  await expect(it.logins.read(attacker)).rejects.toThrow('is no login')
})

test('writers at once leave one whole login and nothing beside it', async () => {
  await using it = await files()
  const names = Array.from({ length: 20 }, (_, i) => `name ${i}`)
  const writing = names.map((displayName) =>
    it.logins.write(loginTo(SERVER, { account: { id: null, displayName } })),
  )
  await Promise.all(writing)
  expect(names).toContain((await it.logins.read(SERVER))?.account.displayName)
  expect(await readdir(it.logins.directory)).toHaveLength(1)
})

test('logins are listed latest first, and a forgotten one is gone', async () => {
  await using it = await files()
  await it.logins.write(loginTo('https://a.example.test', { signedInAt: 1 }))
  await it.logins.write(loginTo('https://b.example.test', { signedInAt: 2 }))
  await writeFile(join(it.logins.directory, '%zz.json'), '{}', { mode: 0o600 })
  const servers = async () => (await it.logins.list()).map((login) => login.server)
  expect(await servers()).toEqual(['https://b.example.test', 'https://a.example.test'])
  expect(await it.logins.forget('https://b.example.test')).toBe(true)
  expect(await it.logins.forget('https://b.example.test')).toBe(false)
  expect(await servers()).toEqual(['https://a.example.test'])
})

test('logins lie in the configuration directory of the XDG base directory specification', () => {
  expect(loginDirectory({ XDG_CONFIG_HOME: '/c', HOME: '/h' })).toBe('/c/sluice/logins')
  expect(loginDirectory({ XDG_CONFIG_HOME: 'relative', HOME: '/h' })).toBe('/h/.config/sluice/logins')
  expect(loginDirectory({ HOME: '/h' })).toBe('/h/.config/sluice/logins')
})

test('two spellings of a server are one, and a credential in an address is dropped', () => {
  expect(parseServer('HTTPS://Git.Example.test:443/')).toBe('https://git.example.test')
  expect(parseServer('https://ann:secret@git.example.test/sluice/?q=1#f')).toBe(SERVER)
  expect(() => parseServer('file:///etc/passwd')).toThrow(TypeError)
})

test.each(['', '.', 'somewhere'])(
  'with HOME=%o neither logins nor tokens are looked for where a command happens to run-regression',
  (HOME) => {
    const { homedir } = userInfo()
    expect(loginDirectory({ HOME })).toBe(join(homedir, '.config/sluice/logins'))
    expect(tokenFile({ HOME })).toBe(join(homedir, '.cache/sluice/tokens.json'))
  },
)
