/** The name of one running server among those that share a file system; tells whether it still runs. */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'

/** `<host>-<process id>-<random>`, safe as a directory name. */
export function newInstanceName(): string {
  return `${safeHost()}-${process.pid}-${randomBytes(6).toString('hex')}`
}

/** `true` unless it is known to be gone: of another machine nothing is known. */
export function mayBeRunning(instance: string, self: string): boolean {
  if (instance === self) return true
  const [, host, pid] = /^(.+)-(\d+)-[0-9a-f]+$/.exec(instance) ?? []
  if (host === undefined || host !== safeHost()) return true
  // a process id that is ours now was that of an earlier server, as in a restarted container
  return Number(pid) !== process.pid && isProcess(Number(pid))
}

function safeHost(): string {
  return hostname().replace(/[^A-Za-z0-9]+/g, '_')
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (err) {
    return (err as NodeJS.ErrnoException).code === 'EPERM'
  }
}
