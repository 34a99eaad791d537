/** auth.md, section 5: the client library is an entry point of its own, without code of the server, and runs anywhere. */
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const ALLOWED = /^src\/(client\/|kernel\/(ids|errors|opaque-token)\.ts$)/

async function bundle(entry: string, platform: 'browser' | 'node') {
  const { metafile, outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform,
    target: 'es2022',
    metafile: true,
    write: false,
    minify: true,
    logLevel: 'silent',
  })
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports)
  return {
    inputs: Object.keys(metafile.inputs),
    foreign: imports.map(({ path, external }) => (external ? path : '')).filter(isForeign),
    bytes: outputFiles[0]?.contents.byteLength ?? Infinity,
  }
}

/** What is in no file of ours; `<runtime>` is what the bundler brings along. */
function isForeign(path: string): boolean {
  return path !== '' && path !== '<runtime>'
}

test('sluice/client is bundled for browsers: nothing of Node.js, of the server or of a package is in it', async () => {
  const { inputs, foreign, bytes } = await bundle('src/client/index.ts', 'browser')
  expect(inputs.filter((path) => !ALLOWED.test(path))).toEqual([])
  expect(foreign).toEqual([])
  expect(bytes).toBeLessThan(32 * 1024)
})

test('sluice/client/node has nothing of the server or of a package in it', async () => {
  const { inputs, foreign } = await bundle('src/client/node.ts', 'node')
  expect(inputs.filter((path) => !ALLOWED.test(path))).toEqual([])
  expect(foreign.filter((path) => !path.startsWith('node:'))).toEqual([])
  expect(foreign).not.toEqual([])
})

test('the helpers that git starts for every fetch have neither', async () => {
  for (const entry of ['src/client/git-credential-sluice.ts', 'src/client/git-remote-sluice.ts']) {
    const { inputs, foreign } = await bundle(entry, 'node')
    expect(inputs.filter((path) => !ALLOWED.test(path))).toEqual([])
    expect(foreign.filter((path) => !path.startsWith('node:'))).toEqual([])
  }
})

const USE = `
import { CredentialCache, exchangeWith, SluiceClient, SluiceError, type api } from 'sluice/client'
const exchange = exchangeWith({ server: 'https://git.example.test', subjectToken: () => 'a token' })
const cache = new CredentialCache({ exchange })
const client = new SluiceClient({ baseUrl: 'https://git.example.test', credential: cache.for('', 'repo:read') })
const made: api.Repository = await client.repos.create({ body: { orgId: 'acme', name: 'app' } })
for await (const { slug } of client.repos.list({ query: { limit: 5, archived: true } })) slug.trim()
const raw: Response = await client.files.raw({ org: 'acme', repo: 'app', path: 'main/README.md' })
const nothing: void = await client.repos.delete({ org: 'acme', repo: 'app' })
// @ts-expect-error its name is missing
await client.repos.create({ body: { orgId: 'acme' } })
// @ts-expect-error there is no such member
made.nothing
// @ts-expect-error a list has no value
;(await client.repos.list()).slug
try {
  await client.server.health()
} catch (error) {
  if (error instanceof SluiceError && error.code === 'FORBIDDEN') console.log(error.details, raw, nothing)
}
`

test('its declarations type-check a strict project', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-consumer-'))
  const tsc = (...args: string[]) =>
    spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...args], {
      encoding: 'utf8',
    })
  try {
    const installed = join(dir, 'node_modules/sluice')
    await mkdir(join(installed, 'dist/client'), { recursive: true })
    const made = tsc(
      '-p',
      join(ROOT, 'scripts/tsconfig.client.json'),
      '--outDir',
      join(installed, 'dist/types'),
    )
    expect(made.stdout).toBe('')
    await writeFile(join(installed, 'package.json'), await readFile(join(ROOT, 'package.json')))
    await writeFile(join(dir, 'package.json'), '{"type":"module"}')
    await writeFile(join(dir, 'use.ts'), USE)
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2023',
      lib: ['es2023', 'dom', 'dom.iterable'],
      types: [],
      strict: true,
      noEmit: true,
    }
    await writeFile(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }))
    expect(tsc('-p', dir).stdout).toBe('')
  } finally {
    await rm(dir, { recursive: true })
  }
})
