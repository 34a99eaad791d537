/** Reads the whole output of a short-lived git. Big outputs are streamed instead: see pump.ts. */
import type { GitProcess } from './git-process.ts'

/** @returns `null`, and kills git, when it writes more than `maxBytes` */
export function collect(git: GitProcess, maxBytes: number): Promise<Buffer | null> {
  const { stdout } = git
  const chunks: Buffer[] = []
  let bytes = 0
  return new Promise((resolve) => {
    stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxBytes) {
        git.kill()
        resolve(null)
      } else chunks.push(chunk)
    })
    stdout.on('close', () => resolve(Buffer.concat(chunks)))
  })
}
