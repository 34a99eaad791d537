/** Programs that the server starts beside itself, built from source for tests: once per test process. */
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { build } from 'esbuild'

/**
 * @param entry below src/
 * @returns gives the path of the built script
 */
export function buildOnce(entry: string): () => Promise<string> {
  let built: Promise<string> | null = null
  return () => (built ??= buildScript(entry))
}

async function buildScript(entry: string): Promise<string> {
  const name = basename(entry, '.ts')
  const directory = await mkdtemp(join(tmpdir(), `sluice-${name}-`))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  const outfile = join(directory, `${name}.mjs`)
  await build({
    entryPoints: [join(import.meta.dirname, '../../src', entry)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
  })
  return outfile
}
