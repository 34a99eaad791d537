import { PassThrough, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { expect, test } from 'vitest'
import { ByteSource } from './byte-source.ts'

const PATIENT = { idleMs: 10_000 }
const code = (name: string) => expect.objectContaining({ code: name })

function sourceOf(chunks: readonly (string | Buffer)[]): ByteSource {
  return new ByteSource(
    Readable.from(
      chunks.map((c) => Buffer.from(c as string)),
      { objectMode: false },
    ),
    PATIENT,
  )
}

async function textOf(stream: Readable): Promise<string> {
  return Buffer.concat(await stream.toArray()).toString()
}

test('reads exactly as many bytes as asked for, across chunks', async () => {
  const source = sourceOf(['a', 'bc', 'def'])
  expect((await source.read(4))?.toString()).toBe('abcd')
  expect((await source.read(1))?.toString()).toBe('e')
})

test('gives less only at the end, and null behind it', async () => {
  const source = sourceOf(['abc'])
  expect((await source.read(10))?.toString()).toBe('abc')
  expect(await source.read(1)).toBeNull()
  expect(await source.readSome()).toBeNull()
})

test('an empty body is at its end at once', async () => {
  expect(await sourceOf([]).read(4)).toBeNull()
})

test('the rest begins with the first byte that was not read', async () => {
  const source = sourceOf(['headPA', 'CK', '...'])
  await source.read(4)
  expect(await textOf(source.rest())).toBe('PACK...')
})

test('the rest is read no faster than its reader reads it', async () => {
  let produced = 0
  const endless = new Readable({
    read() {
      produced += 65_536
      this.push(Buffer.alloc(65_536))
    },
  })
  const rest = new ByteSource(endless, PATIENT).rest()
  for await (const chunk of rest) if ((chunk as Buffer).length > 0) break
  expect(produced).toBeLessThan(1024 * 1024)
})

test('a rest that its reader gave up leaves the body to be discarded', async () => {
  const body = new PassThrough()
  const source = new ByteSource(body, PATIENT)
  const rest = source.rest()
  body.write('first')
  for await (const _ of rest) break
  expect(rest.destroyed).toBe(true)
  body.end('second')
  expect(await source.discard(1000)).toBe(true)
  expect(body.readableEnded).toBe(true)
})

test('discarding stops where its budget does', async () => {
  expect(await sourceOf(['x'.repeat(100)]).discard(100)).toBe(true)
  expect(await sourceOf(['x'.repeat(101)]).discard(100)).toBe(false)
})

test('a sender that stays silent is noticed', async () => {
  const body = new PassThrough()
  const source = new ByteSource(body, { idleMs: 10 })
  body.write('00')
  await expect(source.read(4)).rejects.toEqual(code('REQUEST_TIMEOUT'))
})

test('a sender that falls silent fails the rest as well', async () => {
  const body = new PassThrough()
  const rest = new ByteSource(body, { idleMs: 10 }).rest()
  body.write('PA')
  await expect(rest.toArray()).rejects.toEqual(code('REQUEST_TIMEOUT'))
})

test('a body that waits half read does not keep the event loop busy', async () => {
  const body = new PassThrough()
  const source = new ByteSource(body, PATIENT)
  body.write('00')
  const read = source.read(4)
  await new Promise((resolve) => setImmediate(resolve)) // never comes when promises starve it
  body.write('06')
  expect((await read)?.toString()).toBe('0006')
})

test.each([
  ['destroyed', undefined],
  ['reset', Object.assign(new Error('aborted'), { code: 'ECONNRESET' })],
])('a body that is %s under way was aborted', async (_, error) => {
  const body = new PassThrough()
  const read = new ByteSource(body, PATIENT).read(4)
  body.destroy(error)
  await expect(read).rejects.toEqual(code('REQUEST_ABORTED'))
})

test('broken compression is the fault of the request', async () => {
  const body = createGunzip()
  const read = new ByteSource(body, PATIENT).read(4)
  body.end('this is no gzip')
  await expect(read).rejects.toEqual(code('MALFORMED_REQUEST'))
})

test('an error that nobody foresaw stays what it is', async () => {
  const body = new PassThrough()
  const read = new ByteSource(body, PATIENT).read(4)
  body.destroy(new TypeError('bug'))
  await expect(read).rejects.toThrow(TypeError)
})
