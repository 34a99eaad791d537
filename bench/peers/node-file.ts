/** The server of node-file.mjs. */
import type { FileServer } from './nginx-files.ts'
import { startNodeProgram } from './node-program.ts'

/** @param file given out at any address */
export async function startNodeFile(root: string, file: string): Promise<FileServer> {
  const server = await startNodeProgram(root, 'node-file.mjs', file)
  return { ...server, name: 'Node that only reads and writes' }
}
