/** Programs of the checkout, built once for each test process that starts them. */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { isRunning } from './processes.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Inside the checkout, so that a program finds the packages which are not built into it. */
const CACHE = join(ROOT, 'node_modules/.cache')

/**
 * @param kind names the folder, beside the process
 * @param entryPoints name of a program to its source, from the root of the checkout
 * @returns a function that gives the folder with the built programs
 */
export function builtOnce(
  kind: string,
  entryPoints: Readonly<Record<string, string>>,
): () => Promise<string> {
  let built: Promise<string> | null = null
  return () => (built ??= buildInto(kind, entryPoints))
}

async function buildInto(kind: string, entryPoints: Readonly<Record<string, string>>): Promise<string> {
  await mkdir(CACHE, { recursive: true })
  await removeThoseOfTheDead(kind)
  const folder = join(CACHE, `${kind}-${process.pid}`)
  await build({
    absWorkingDir: ROOT,
    entryPoints: { ...entryPoints },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    outdir: folder,
    define: { 'process.env.SLUICE_VERSION': '"0.0.0-test"' },
  })
  return folder
}

/** A test process is killed when it is done, so it cannot clear up after itself. */
async function removeThoseOfTheDead(kind: string): Promise<void> {
  for (const name of await readdir(CACHE)) {
    const pid = name.startsWith(`${kind}-`) ? Number(name.slice(kind.length + 1)) : 0
    if (pid > 0 && !isRunning(pid)) await rm(join(CACHE, name), { recursive: true, force: true })
  }
}
