/**
 * `git http-backend` behind nginx and fcgiwrap: how git's own manual serves a repository over HTTP,
 * with Debian's packages on a private port and socket. No authentication.
 *
 * @see git-http-backend(1); fcgiwrap(8)
 */
import { existsSync } from 'node:fs'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { git } from '../git.ts'
import { openCpuMeter } from '../measure/cpu-meter.ts'
import { nginxConfig } from './nginx-config.ts'
import { freePort, waitUntilListening } from './ports.ts'
import type { GitServer, HostedRepository } from './git-server.ts'
import { startProcess } from './start-process.ts'

const NGINX = '/usr/sbin/nginx'
const FCGIWRAP = '/usr/sbin/fcgiwrap'
const START_MS = 10_000

/** @throws Error that says what to install */
export async function startHttpBackend(scratch: string): Promise<GitServer> {
  const missing = [NGINX, FCGIWRAP].filter((program) => !existsSync(program))
  if (missing.length > 0) {
    throw new Error(
      `${missing.join(' and ')} missing: apt-get install --no-install-recommends nginx fcgiwrap`,
    )
  }
  const directory = join(scratch, 'http-backend')
  const repositories = join(directory, 'repositories')
  await mkdir(repositories, { recursive: true })
  const port = await freePort()
  const socket = join(directory, 'fcgiwrap.sock')
  const config = join(directory, 'nginx.conf')
  await writeFile(
    config,
    nginxConfig(
      directory,
      gitLocation({ directory, repositories, port, socket, backend: await backendPath() }),
    ),
  )

  const cpu = openCpuMeter()
  const workers = String(2 * availableParallelism())
  const fcgiwrap = startProcess([FCGIWRAP, '-c', workers, '-s', `unix:${socket}`], cpu)
  const nginx = startProcess([NGINX, '-c', config, '-p', directory], cpu)
  const stop = async () => {
    await nginx[Symbol.asyncDispose]()
    await fcgiwrap[Symbol.asyncDispose]()
    await cpu[Symbol.asyncDispose]()
  }
  await waitUntilListening(port, START_MS).catch(async (err: unknown) => {
    await stop()
    throw err
  })
  const origin = `http://127.0.0.1:${port}`
  return {
    name: 'nginx + fcgiwrap + git http-backend',
    origin,
    headers: {},
    cpu,
    host: (name, source) => host(repositories, origin, name, source),
    [Symbol.asyncDispose]: stop,
  }
}

async function host(
  repositories: string,
  origin: string,
  name: string,
  source: string | null,
): Promise<HostedRepository> {
  const directory = join(repositories, `${name}.git`)
  if (source === null) await git(['init', '-q', '--bare', '-b', 'main', directory])
  else await cp(source, directory, { recursive: true })
  await git(['config', 'http.receivepack', 'true'], { cwd: directory }) // nobody signs in here
  return { path: `/${name}.git`, cloneUrl: `${origin}/${name}.git`, directory }
}

async function backendPath(): Promise<string> {
  const { stdout } = await git(['--exec-path'])
  return join(stdout.trim(), 'git-http-backend')
}

interface NginxSettings {
  readonly directory: string
  readonly repositories: string
  readonly port: number
  readonly socket: string
  readonly backend: string
}

/** The manual's example, with room for large pushes. */
function gitLocation({ directory, repositories, port, socket, backend }: NginxSettings): string {
  return `  keepalive_requests 1000000;
  server {
    listen 127.0.0.1:${port};
    client_max_body_size 0;
    location / {
      fastcgi_pass unix:${socket};
      fastcgi_read_timeout 600s;
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME ${backend};
      fastcgi_param GIT_PROJECT_ROOT ${repositories};
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param PATH_INFO $uri;
      fastcgi_param GIT_PROTOCOL $http_git_protocol;
      fastcgi_param HOME ${directory};
      fastcgi_param PATH ${process.env['PATH'] ?? '/usr/bin'};
    }
  }`
}
