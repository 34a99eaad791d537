/** nginx that gives out files by sendfile: the least that a byte can cost a server over HTTP. @see sendfile(2) */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { openCpuMeter, type CpuMeter } from '../measure/cpu-meter.ts'
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
  await writeFile(config, nginxConfig(directory, files, port))
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

function nginxConfig(directory: string, files: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${directory}/tmp-${name};`)
    .join('\n')
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  return `${user}
daemon off;
worker_processes ${availableParallelism()};
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
events { worker_connections 1024; }
http {
${temporary}
  access_log off;
  sendfile on;
  server {
    listen 127.0.0.1:${port};
    root ${files};
  }
}
`
}
