/**
 * The small child that starts every git process, because starting one from a big process blocks
 * its event loop in proportion to its memory. An entry of its own; it shares no code with the
 * server, only the messages.
 *
 * Started as `node launcher-process.js <path of its Unix socket>`, with an IPC channel.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { readSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import {
  ID_BYTES,
  type ExitedMessage,
  type FromLauncher,
  type StartMessage,
  type ToLauncher,
} from './messages.ts'

const STDERR_TAIL_BYTES = 8 * 1024
/** Between SIGTERM, after which git removes its temporary files, and SIGKILL. */
const GRACE_MS = 1_000
const CANNOT_START = 127
/** No id: the server has closed the connection already. */
const GONE = 0

const running = new Map<number, number>()
/**
 * Connections and specifications arrive apart, and some connections never do: where no descriptor is left, the kernel
 * takes them and libuv closes them without a word. So each says whose it is.
 */
const unread: Socket[] = []
const connections = new Map<number, Socket>()
const specifications = new Map<number, StartMessage>()
/** Ended before they had a connection. */
const cancelled = new Set<number>()

function send(message: FromLauncher): void {
  if (process.connected) process.send?.(message)
}

/** The server writes the id before it sends the specification: with that, it can be read. */
function pair(): void {
  for (let [socket] = unread; socket; [socket] = unread) {
    const id = readId(socket)
    if (id === null) break
    unread.shift()
    if (id === GONE || cancelled.delete(id)) socket.destroy()
    else connections.set(id, socket)
  }
  for (const [id, socket] of connections) {
    const spec = specifications.get(id)
    if (spec === undefined) continue
    connections.delete(id)
    specifications.delete(id)
    start(spec, socket)
  }
}

/** Nothing behind it is read, as `Readable.read` would. @returns `null`: it has not come yet */
function readId(socket: Socket): number | null {
  const { _handle: handle } = socket as unknown as { _handle: { fd: number } }
  const id = Buffer.alloc(ID_BYTES)
  try {
    return readSync(handle.fd, id) < ID_BYTES ? GONE : id.readUIntBE(0, ID_BYTES)
  } catch (err) {
    return (err as NodeJS.ErrnoException).code === 'EAGAIN' ? null : GONE
  }
}

function start(spec: StartMessage, socket: Socket): void {
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
  if (specifications.delete(id)) {
    cancelled.add(id)
    return exited(id, { signal: 'SIGTERM', stderr: 'ended before it had a connection' })
  }
  if (!running.has(id)) return
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
  unread.push(socket)
  pair()
})
process.on('message', (message: ToLauncher) => {
  if (message.type === 'kill') return kill(message.id)
  specifications.set(message.id, message)
  pair()
})
process.on('disconnect', serverGone)
if (!process.connected) serverGone() // while this file was being loaded: nobody has heard it
// A terminal or a supervisor signals the whole group; the server drains first, then disconnects.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

server.listen({ path: process.argv[2] ?? '', backlog: 1024 }, () => send({ type: 'ready' }))
