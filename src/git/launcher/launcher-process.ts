/**
 * The small child that starts every git process, because starting one from a big process blocks
 * its event loop in proportion to its memory. An entry of its own; it shares no code with the
 * server, only the types of the messages.
 *
 * Started as `node launcher-process.js <path of its Unix socket>`, with an IPC channel.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createServer, type Socket } from 'node:net'
import type { ExitedMessage, FromLauncher, StartMessage, ToLauncher } from './messages.ts'

const STDERR_TAIL_BYTES = 8 * 1024
/** Between SIGTERM, after which git removes its temporary files, and SIGKILL. */
const GRACE_MS = 1_000
const CANNOT_START = 127

const running = new Map<number, number>()
/** Connections and specifications arrive apart, each in the order in which the server sent them. */
const connections: Socket[] = []
const specifications: StartMessage[] = []
const cancelled = new Set<number>()

function send(message: FromLauncher): void {
  if (process.connected) process.send?.(message)
}

function pair(): void {
  while (connections.length > 0 && specifications.length > 0) {
    const socket = connections.shift()
    const spec = specifications.shift()
    if (socket && spec) start(spec, socket)
  }
}

function start(spec: StartMessage, socket: Socket): void {
  if (cancelled.delete(spec.id)) {
    socket.destroy()
    return exited(spec.id, { code: null, signal: 'SIGTERM' })
  }
  const [program = 'git', ...args] = spec.command
  try {
    const child = spawn(program, args, {
      cwd: spec.cwd,
      env: { ...process.env, ...spec.env },
      stdio: [socket, socket, 'pipe'],
      detached: true, // a group of its own, so that it can be killed with its children
    })
    follow(spec, child)
  } catch (err) {
    exited(spec.id, { code: CANNOT_START, stderr: String(err) })
  }
  socket.destroy() // git holds the only copy now: its exit is the server's end of file
}

function follow(spec: StartMessage, child: ChildProcess): void {
  const { id, wallMs } = spec
  let stderr = ''
  let timedOut = false
  const timer = wallMs === null ? null : setTimeout(overdue, wallMs)
  function overdue(): void {
    timedOut = true
    kill(id)
  }
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_TAIL_BYTES)
    if (spec.liveStderr) send({ type: 'stderr', id, text })
  })
  child.on('error', (err) => {
    if (child.pid === undefined) exited(id, { code: CANNOT_START, stderr: String(err) })
  })
  if (child.pid === undefined) return
  running.set(id, child.pid)
  send({ type: 'started', id, pid: child.pid })
  child.on('exit', () => signalGroup(id, 'SIGKILL')) // children that outlive git hold its stderr open
  child.on('close', (code, signal) => {
    if (timer) clearTimeout(timer)
    running.delete(id)
    exited(id, { code, signal, stderr, timedOut })
  })
}

function exited(id: number, how: Partial<ExitedMessage>): void {
  send({ type: 'exited', id, code: null, signal: null, stderr: '', timedOut: false, ...how })
}

function kill(id: number): void {
  if (!running.has(id)) {
    if (specifications.some((spec) => spec.id === id)) cancelled.add(id)
    return
  }
  signalGroup(id, 'SIGTERM')
  setTimeout(() => signalGroup(id, 'SIGKILL'), GRACE_MS).unref()
}

function signalGroup(id: number, signal: NodeJS.Signals): void {
  const pid = running.get(id)
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // gone already
  }
}

/** The server is gone, even if by SIGKILL: nobody wants what git would still do. */
function serverGone(): void {
  server.close()
  for (const id of running.keys()) signalGroup(id, 'SIGTERM')
  const end = () => {
    for (const id of running.keys()) signalGroup(id, 'SIGKILL')
    process.exit(0)
  }
  if (running.size === 0) end()
  setTimeout(end, GRACE_MS)
}

const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
  socket.on('error', () => {})
  connections.push(socket)
  pair()
})
process.on('message', (message: ToLauncher) => {
  if (message.type === 'kill') return kill(message.id)
  specifications.push(message)
  pair()
})
process.on('disconnect', serverGone)
if (!process.connected) serverGone() // while this file was being loaded: nobody has heard it
// A terminal or a supervisor signals the whole group; the server drains first, then disconnects.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

server.listen({ path: process.argv[2] ?? '', backlog: 1024 }, () => send({ type: 'ready' }))
