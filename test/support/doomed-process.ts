/** A program of ./doomed in a process of its own, to be killed in the middle of its work. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'

/** Inside the checkout, so that the program finds the packages which are not built into it. */
const CACHE = join(import.meta.dirname, '../../node_modules/.cache')

export interface DoomedProcess extends AsyncDisposable {
  /** The next line that it printed. */
  nextLine(): Promise<string>
  /** `SIGKILL`; resolves when it is dead. @returns the lines that were not read yet */
  kill(): Promise<readonly string[]>
}

/** @param args what the program reads from its argument list */
export async function startDoomed(program: string, args: readonly string[]): Promise<DoomedProcess> {
  await mkdir(CACHE, { recursive: true })
  const folder = await mkdtemp(join(CACHE, 'doomed-'))
  const outfile = join(folder, `${program}.mjs`)
  const entry = join(import.meta.dirname, 'doomed', `${program}.ts`)
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    outfile,
  })
  const child = spawn(process.execPath, [outfile, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const dead = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const kill = async () => {
    child.kill('SIGKILL')
    await dead
    const rest: string[] = []
    for (let line = await lines.next(); !line.done; line = await lines.next()) rest.push(line.value)
    return rest
  }
  return {
    nextLine: async () => {
      const line = await lines.next()
      if (line.done) throw new Error(`${program} ended by itself`)
      return line.value
    },
    kill,
    [Symbol.asyncDispose]: async () => {
      await kill()
      await rm(folder, { recursive: true })
    },
  }
}
