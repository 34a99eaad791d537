/** `git receive-pack` alone, fed with the body of one push: no HTTP, no policy. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * @param config settings in the form `name=value`
 * @returns its answer, and the milliseconds from the running process to its end: starting it is not counted
 */
export async function receivePack(
  repository: string,
  body: Buffer,
  config: readonly string[],
): Promise<{ answer: Buffer; ms: number }> {
  const settings = config.flatMap((setting) => ['-c', setting])
  const child = spawn('git', [...settings, 'receive-pack', '--stateless-rpc', repository], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
  })
  const begin = performance.now()
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stdin.on('error', () => {}) // its early end shows in the answer
  child.stdin.end(body)
  await once(child, 'close')
  return { answer: Buffer.concat(chunks), ms: performance.now() - begin }
}
