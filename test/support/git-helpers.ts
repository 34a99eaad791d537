/** The two programs that git calls, built from source once per test process, in a directory for PATH. */
import { rmSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

const SOURCES = join(import.meta.dirname, '../../src/client')
/** As package.json installs them. */
const PROGRAMS = {
  'git-credential-sluice': 'git-credential-sluice',
  'git-remote-sluice': 'git-remote-sluice',
  'git-remote-sluice+http': 'git-remote-sluice',
}

let built: Promise<string> | null = null

/** @returns the directory */
export function gitHelpers(): Promise<string> {
  built ??= buildHelpers()
  return built
}

/** PATH with the helpers in front. */
export async function pathWithHelpers(): Promise<string> {
  return `${await gitHelpers()}:${process.env['PATH'] ?? ''}`
}

async function buildHelpers(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-helpers-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  const bin = join(directory, 'bin')
  await mkdir(bin)
  for (const [name, source] of Object.entries(PROGRAMS)) {
    const outfile = join(directory, `${source}.mjs`)
    await build({
      entryPoints: [join(SOURCES, `${source}.ts`)],
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      banner: { js: `#!${process.execPath}` },
      outfile,
    })
    await chmod(outfile, 0o755)
    await symlink(outfile, join(bin, name))
  }
  return bin
}
