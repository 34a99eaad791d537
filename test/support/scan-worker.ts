/** The worker of the scanner for tests: built from source once per test process. */
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

const ENTRY = join(import.meta.dirname, '../../src/scanner/scan-worker.ts')

let built: Promise<string> | null = null

/** @returns path of the built worker */
export function scanWorkerScript(): Promise<string> {
  built ??= buildScript()
  return built
}

async function buildScript(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-scan-worker-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  const outfile = join(directory, 'scan-worker.mjs')
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
