/** A launcher for tests: its child is built from source once per test process. */
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { openLauncher, type Launcher, type LauncherOptions } from '../../src/git/launcher/launcher.ts'

const ENTRY = join(import.meta.dirname, '../../src/git/launcher/launcher-process.ts')

let built: Promise<string> | null = null

/** @returns path of the built child */
export function launcherScript(): Promise<string> {
  built ??= buildScript()
  return built
}

async function buildScript(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-launcher-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  const outfile = join(directory, 'launcher-process.mjs')
  await build({
    entryPoints: [ENTRY],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
  })
  return outfile
}

export async function testLauncher(opts: Partial<LauncherOptions> = {}): Promise<Launcher> {
  const environmentHome = await mkdtemp(join(tmpdir(), 'sluice-home-'))
  process.on('exit', () => rmSync(environmentHome, { recursive: true, force: true }))
  return openLauncher({ script: await launcherScript(), environmentHome, ...opts })
}
