/** A launcher for tests. */
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLauncher, type Launcher, type LauncherOptions } from '../../src/git/launcher/launcher.ts'
import { buildOnce } from './build-once.ts'

/** @returns path of the built child */
export const launcherScript = buildOnce('git/launcher/launcher-process.ts')

export async function testLauncher(opts: Partial<LauncherOptions> = {}): Promise<Launcher> {
  const environmentHome = await mkdtemp(join(tmpdir(), 'sluice-home-'))
  process.on('exit', () => rmSync(environmentHome, { recursive: true, force: true }))
  return openLauncher({ script: await launcherScript(), environmentHome, ...opts })
}
