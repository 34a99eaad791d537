/** gate.md, sections 1 and 5: gates of a manifest, and git of an agent that goes through them. */
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runGit } from '../support/actor.ts'
import { cliHome, type CliHome } from '../support/cli.ts'
import { openSshd, type Sshd } from '../support/sshd.ts'
import { world, type World } from '../support/world.ts'

const SECRET = ['do', 'not', 'show', 'me'].join('-')

let w: World
let forge: Sshd
let cli: CliHome
beforeAll(async () => {
  ;[forge, w] = await Promise.all([openSshd(), world({ settings: { SLUICE_GATE_ALLOW_PRIVATE: '1' } })])
  cli = await cliHome({ SLUICE_URL: w.url, SLUICE_TOKEN: w.owner.token ?? '' })
  await writeFile(join(cli.dir, 'key'), forge.key.privateKey, { mode: 0o600 })
})
afterAll(async () => {
  await cli[Symbol.asyncDispose]()
  await w[Symbol.asyncDispose]()
  await forge[Symbol.asyncDispose]()
})

async function apply(manifest: string, ...args: string[]) {
  await writeFile(join(cli.dir, 'gates.yaml'), manifest)
  return await cli.run(['gate', 'apply', 'gates.yaml', '--org', 'acme', ...args])
}

const urlOf = (path: string) => {
  const remote = forge.remote(path)
  return `ssh://${remote.user}@${remote.host}:${remote.port}${remote.path}`
}

const overSsh = (name: string, more = '') => `
    ${name}:
      url: ${urlOf(`acme/${name}`)}
      key: { provider: static, path: key }
      host_key: "${forge.hostKey}"
${more}`

const manifestOf = (...repos: string[]) =>
  `git-gate:\n  user: { name: Agent Seven, email: agent7@example.org }\n  repos:${repos.join('')}`

const kindOf = async (name: string) => {
  const answer = await w.owner.fetch(`${w.url}/repos/acme/${name}`)
  return answer.status === 200 ? ((await answer.json()) as { kind: string }).kind : answer.status
}

test('a dry run shows what would change and changes nothing; --yes does it; then nothing is left to do', async () => {
  await forge.create('acme/parts')
  const manifest = manifestOf(overSsh('parts'))
  const dry = await apply(manifest)
  expect([dry.code, dry.stdout]).toEqual([
    0,
    expect.stringMatching(/^\+ acme\/parts \(new repository\)\n {4}url +ssh:/),
  ])
  expect(await kindOf('parts')).toBe(404)

  expect(await apply(manifest, '--yes')).toMatchObject({ code: 0 })
  expect(await kindOf('parts')).toBe('gate')
  expect(await apply(manifest)).toMatchObject({
    stdout: '= acme/parts\n',
    stderr: 'the gates are as the manifest says\n',
  })
  const listed = await cli.run(['gate', 'list', '--org', 'acme'])
  expect(listed.stdout).toMatch(/^acme\/parts\t/m)
  const declared = await cli.run(['gate', 'show', 'acme/parts'])
  expect(declared.stdout).toMatch(/^url +ssh:.*\n[^]*refresh +always\nagents commit as +Agent Seven </)

  const changed = await apply(manifestOf(overSsh('parts', '      refresh: { max_age_ms: 2000 }\n')))
  expect(changed.stdout).toBe('~ acme/parts\n    max_age_ms  0 -> 2000\n')
  const status = await cli.run(['gate', 'status', 'acme/parts', '--json'])
  expect(JSON.parse(status.stdout)).toMatchObject({ reachable: true, provider: 'static' })
})

test('another key is shown as another fingerprint, and no secret is printed', async () => {
  await apply(manifestOf(overSsh('keyed')), '--yes')
  const { privateKey } = await (async () => {
    const { newEd25519Key } = await import('../../src/rooms/gate/keys/ed25519-key.ts')
    return newEd25519Key('another')
  })()
  await writeFile(join(cli.dir, 'another'), privateKey)
  const shown = await apply(manifestOf(overSsh('keyed').replace('path: key', 'path: another')))
  expect(shown.stdout).toMatch(/^~ acme\/keyed\n {4}key {2}SHA256:\S{43} -> SHA256:\S{43}\n$/)
  expect(shown.stdout + shown.stderr).not.toContain(privateKey.split('\n')[2])
})

test('one fault refuses all; every fault is told with its place, and none repeats a secret', async () => {
  const manifest = `git-gate:
  repos:
    good:
      url: https://8.8.8.8/a/b.git
      key: { provider: token, env: FORGE_TOKEN }
    bad:
      url: ssh://git:${SECRET}@8.8.8.8/a/c.git
      key: { provider: token, token: ${SECRET} }
      hostkey: ${SECRET}
      refresh: { max_age: 5 }
    worse:
      url: git@8.8.8.8:a/d.git
      key: { provider: static, path: /nowhere/at/all }
      user: { name: "a\\nb", email: x }
`
  await writeFile(join(cli.dir, 'gates.yaml'), manifest)
  const args = ['gate', 'apply', 'gates.yaml', '--org', 'acme', '--yes']
  const run = await cli.run(args, { env: { FORGE_TOKEN: SECRET } })
  expect(run.code).toBe(2)
  for (const told of [
    /gates\.yaml:7:12 git-gate\.repos\.bad\.url: /,
    /gates\.yaml:8:\d+ git-gate\.repos\.bad\.key\.token: is a secret/,
    /git-gate\.repos\.bad: holds "hostkey", which is not known: is "host_key" meant\?/,
    /gates\.yaml:10:16 git-gate\.repos\.bad\.refresh: .*is "max_age_ms" meant\?/,
    /gates\.yaml:13:\d+ git-gate\.repos\.worse\.key\.path: names a file that cannot be read \(ENOENT\)/,
    /git-gate\.repos\.worse\.host_key: is missing/,
    /gates\.yaml:14:\d+ git-gate\.repos\.worse\.user\.name: holds a control character/,
  ])
    expect(run.stderr).toMatch(told)
  expect(run.stdout + run.stderr).not.toContain(SECRET)
  expect(await kindOf('good')).toBe(404)
})

test.each([
  ['git-gate: [', /gates\.yaml:\d+:\d+: is not YAML/],
  [
    'git-gate: { repos: { a: { url: "git@8.8.8.8:a", key: { provider: static, path: gates.yaml } } } }',
    /git-gate\.repos\.a\.key\.path: is no private key/,
  ],
  [
    'git-gate: { repos: { a: { url: "https://8.8.8.8/a", refresh: { max_age_ms: -1, stale_if_error: x } } } }',
    /refresh: is neither .*: max_age_ms is below 0; stale_if_error is neither true nor false/,
  ],
  ['gitgate: {}', /is "git-gate" meant\?/],
  ['git-gate: { repos: { "../x": {} } }', /is no name of a repository/],
  ['git-gate: { repos: { a: { url: "https://8.8.8.8/a" }, a: {} } }', /is not YAML \(duplicate key\)/],
])('%s cannot be applied', async (manifest, told) => {
  const run = await apply(manifest, '--yes')
  expect([run.code, run.stderr]).toEqual([2, expect.stringMatching(told)])
})

test('what the server refuses of one gate refuses all of them', async () => {
  const full = await w.createRepo('full')
  await w.owner.start(full.url)
  await w.owner.commit('a', '1')
  await w.owner.ok('push', 'origin', 'main')
  const run = await apply(manifestOf(overSsh('untouched'), overSsh('full')), '--yes')
  expect([run.code, run.stderr]).toEqual([8, expect.stringMatching(/acme\/full: .*of its own/)])
  expect(await kindOf('untouched')).toBe(404)
})

test('what the server finds when a gate is made is told with its name, and the manifest can be applied again', async () => {
  const unknown = manifestOf(overSsh('late', '      scan: { rules: nowhere }\n'))
  const run = await apply(unknown, '--yes')
  expect([run.code, run.stderr]).toEqual([
    8,
    expect.stringMatching(/a gate could not be made\n {2}acme\/late: .*no such rule set\n {2}next: /),
  ])
  expect(await kindOf('late')).toBe(410)
  expect(await apply(manifestOf(overSsh('late')), '--yes')).toMatchObject({ code: 0 })
  expect(await kindOf('late')).toBe('gate')
})

test('whoever revokes a key that was given is told to take it back at the upstream', async () => {
  await apply(manifestOf(overSsh('leaked')), '--yes')
  const revoked = await cli.run(['gate', 'revoke', 'acme/leaked'])
  expect([revoked.code, revoked.stderr]).toEqual([0, expect.stringContaining('take it back at the upstream')])
  const status = await cli.run(['gate', 'status', 'acme/leaked'])
  expect(status.stdout).toMatch(/^reachable +no: its key was revoked/)
})

test('pushes of a gate wait for approval as long as an owner says, and no longer when he takes that back', async () => {
  await apply(manifestOf(overSsh('patient')), '--yes')
  const scan = (...args: string[]) => cli.run(['repo', 'scan', 'acme/patient', ...args])
  const waits = async () =>
    (JSON.parse((await scan('--json')).stdout) as { approvalWaitMs: number }).approvalWaitMs
  await scan('on', '--wait', '2m')
  expect(await waits()).toBe(120_000)
  expect(await scan('on', '--wait', '6m')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('At most 5m'),
  })
  await scan('on', '--wait', '0')
  expect(await waits()).toBe(0)
})

test('--prune removes gates that the manifest does not name, and only with --yes', async () => {
  await apply(manifestOf(overSsh('kept'), overSsh('dropped')), '--yes')
  const dry = await apply(manifestOf(overSsh('kept')), '--prune')
  expect(dry.stdout).toMatch(/^= acme\/kept\n[^]*- acme\/dropped \(no gate any more\)\n/)
  expect(await kindOf('dropped')).toBe('gate')
  await apply(manifestOf(overSsh('kept')), '--prune', '--yes')
  expect([await kindOf('kept'), await kindOf('dropped')]).toEqual(['gate', 'hosted'])
})

test('git with the configuration goes through the gate, however the URL of the upstream is written', async () => {
  await forge.create('acme/widgets')
  await forge.create('acme/widgets-extra')
  await apply(manifestOf(overSsh('widgets'), overSsh('widgets-extra')), '--yes')
  const { user, host, port, path } = forge.remote('acme/widgets')
  const bare = path.replace(/\.git$/, '')
  const one = join(cli.dir, 'one.config')
  const both = join(cli.dir, 'both.config')
  await writeFile(one, (await cli.run(['gate', 'gitconfig', 'acme/widgets'])).stdout)
  await writeFile(both, (await cli.run(['gate', 'gitconfig', 'acme/widgets', 'acme/widgets-extra'])).stdout)
  await chmod(one, 0o600)
  const goesTo = async (file: string, url: string) =>
    (
      await runGit(['ls-remote', '--get-url', url], {
        cwd: cli.dir,
        env: { HOME: cli.dir, GIT_CONFIG_GLOBAL: file },
      })
    ).stdout.trim()
  const spelled = (name: string) =>
    [
      `ssh://${user}@${host}:${port}${name}`,
      `ssh://${host}:${port}${name}`,
      `ssh://${user}@${host}${name}`,
      `${user}@${host}:${name}`,
      `${user}@${host}:${name.slice(1)}`,
      `${host}:${name}`,
      `https://${host}${name}`,
      `http://${host}${name}`,
    ].flatMap((url) => [url, `${url}.git`, `${url}.git/`, `${url}/`])
  for (const url of spelled(bare)) {
    const there = `${w.url}/acme/widgets.git${url.endsWith('/') ? '/' : ''}`
    expect([url, await goesTo(both, url)]).toEqual([url, there])
  }
  for (const url of spelled(`${bare}-extra`)) {
    expect([url, await goesTo(one, url)]).toEqual([url, url])
    expect(await goesTo(both, url)).toContain(`${w.url}/acme/widgets-extra.git`)
  }
})

test('an agent who knows only the URL of the upstream clones and pushes through the gate', async () => {
  await forge.create('acme/worked')
  await apply(manifestOf(overSsh('worked')), '--yes')
  const file = join(cli.dir, 'worked.config')
  await writeFile(file, (await cli.run(['gate', 'gitconfig', 'acme/worked'])).stdout)
  const agent = await w.actor('agent', { accountId: w.owner.accountId, scope: 'repo:acme/worked:write' })
  const env = { GIT_CONFIG_GLOBAL: file }
  const git = async (...args: string[]) => {
    const run = await agent.gitWith({ env }, ...args)
    expect([args[0], run.code, run.output]).toEqual([args[0], 0, expect.any(String)])
    return run.stdout.trim()
  }
  await git('init', '-q', '-b', 'main', '.')
  await git('remote', 'add', 'origin', urlOf('acme/worked'))
  expect(await git('config', 'user.email')).toBe('agent7@example.org')
  await git('commit', '-q', '--allow-empty', '-m', 'one')
  const tip = await git('rev-parse', 'HEAD')
  await git('push', '-q', 'origin', 'main')
  expect(await forge.refs('acme/worked')).toEqual([`refs/heads/main ${tip}`])
  expect(await git('ls-remote', `${urlOf('acme/worked')}/`)).toContain(tip)
})
