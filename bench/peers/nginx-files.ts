/** nginx that gives out files by sendfile: the least that a byte can cost a server over HTTP. @see sendfile(2) */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openCpuMeter, type CpuMeter } from '../measure/cpu-meter.ts'
import { nginxConfig } from './nginx-config.ts'
import { freePort, waitUntilListening } from './ports.ts'
import { startProcess } from './start-process.ts'

const NGINX = '/usr/sbin/nginx'
const START_MS = 10_000

export interface FileServer extends AsyncDisposable {
  readonly name: string
  readonly origin: string
  readonly cpu: CpuMeter
}

/**
 * @param files directory of what it gives out
 * @throws Error that says what to install
 */
export async function startNginxFiles(scratch: string, files: string): Promise<FileServer> {
  if (!existsSync(NGINX)) throw new Error(`${NGINX} missing: apt-get install --no-install-recommends nginx`)
  const directory = join(scratch, 'nginx-files')
  await mkdir(directory, { recursive: true })
  const port = await freePort()
  const config = join(directory, 'nginx.conf')
  const server = `  sendfile on;\n  server {\n    listen 127.0.0.1:${port};\n    root ${files};\n  }`
  await writeFile(config, nginxConfig(directory, server))
  const cpu = openCpuMeter()
  const nginx = startProcess([NGINX, '-c', config, '-p', directory], cpu)
  const stop = async () => {
    await nginx[Symbol.asyncDispose]()
    await cpu[Symbol.asyncDispose]()
  }
  await waitUntilListening(port, START_MS).catch(async (err: unknown) => {
    await stop()
    throw err
  })
  return { name: 'nginx, sendfile', origin: `http://127.0.0.1:${port}`, cpu, [Symbol.asyncDispose]: stop }
}
