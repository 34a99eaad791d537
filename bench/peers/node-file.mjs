/**
 * The least that Node can do to send a file: read into one of a few buffers, write, and again. No side-band, no
 * authentication, loopback only. Node has no sendfile, so each byte is copied twice.
 *
 * Its one argument is a file; it prints the port it listens on.
 */
import { fstatSync, openSync, readSync } from 'node:fs'
import { createServer } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'

const CHUNK_BYTES = 256 * 1024

const [, , path] = process.argv
const file = openSync(path)
const { size } = fstatSync(file)
const free = []

async function send(response) {
  response.writeHead(200, { 'content-length': size })
  for (let at = 0; at < size;) {
    await turn()
    const buffer = free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES)
    const bytes = readSync(file, buffer, 0, CHUNK_BYTES, at)
    await new Promise((resolve, reject) => {
      response.write(buffer.subarray(0, bytes), (err) => (err ? reject(err) : resolve()))
    })
    free.push(buffer)
    at += bytes
  }
  response.end()
}

const server = createServer((_request, response) => void send(response).catch(() => response.destroy()))
server.listen(0, '127.0.0.1', () => process.stdout.write(`port ${server.address().port}\n`))
process.once('SIGTERM', () => process.exit())
