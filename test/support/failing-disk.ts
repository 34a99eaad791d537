/**
 * A disk whose writes and syncs fail or hang as a story wants: stands in for `node:fs` and `node:fs/promises` of the
 * server in this process. A test mocks both, `vi.mock('node:fs', failingFs)`; see failing-disk.test.ts.
 */
import type * as Fs from 'node:fs'
import type * as FsPromises from 'node:fs/promises'

export interface DiskCall {
  readonly what: 'write' | 'sync'
  readonly path: string
}

type Callback = (err: Error | null, ...rest: unknown[]) => void

/** What it throws, the disk says; a sync waits for what it returns. Half of what was to be written is on disk then. */
export const disk: { meet: (call: DiskCall) => void | Promise<void> } = { meet: () => {} }

export function fault(code: 'EIO' | 'ENOSPC'): Error {
  return Object.assign(new Error(code), { code, syscall: 'write' })
}

export async function failingFs(original: () => Promise<unknown>): Promise<object> {
  const real = (await original()) as typeof Fs
  const pathOf = (file: unknown) =>
    typeof file === 'number' ? real.readlinkSync(`/proc/self/fd/${file}`) : String(file)
  const half = (bytes: unknown) =>
    Buffer.from(bytes as string).subarray(0, Buffer.byteLength(bytes as string) >> 1)
  const writing = (file: unknown, bytes: unknown, options?: unknown) => {
    try {
      void disk.meet({ what: 'write', path: pathOf(file) })
    } catch (err) {
      if (typeof file === 'number') real.writeSync(file, half(bytes))
      else real.writeFileSync(file as string, half(bytes), options as Fs.WriteFileOptions)
      throw err
    }
  }
  const changes = {
    writeFileSync: (file: string, bytes: string, options: Fs.WriteFileOptions) => {
      writing(file, bytes, options)
      real.writeFileSync(file, bytes, options)
    },
    writeSync: (fd: number, bytes: Buffer, ...rest: []) => {
      writing(fd, bytes)
      return real.writeSync(fd, bytes, ...rest)
    },
    write: (fd: number, bytes: Buffer, ...rest: unknown[]) => {
      try {
        writing(fd, bytes)
      } catch (err) {
        return (rest.at(-1) as Callback)(err as Error)
      }
      ;(real.write as (...args: unknown[]) => void)(fd, bytes, ...rest)
    },
    fsync: (fd: number, done: Callback) => {
      const meet = async () => disk.meet({ what: 'sync', path: pathOf(fd) })
      meet().then(() => real.fsync(fd, done), done)
    },
  }
  return { ...real, ...changes, default: { ...real, ...changes } }
}

export async function failingFsPromises(original: () => Promise<unknown>): Promise<object> {
  const real = (await original()) as typeof FsPromises
  const failing = (path: string, handle: FsPromises.FileHandle) =>
    new Proxy(handle, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key)
        if (typeof member !== 'function') return member
        const what = key === 'sync' ? 'sync' : key === 'writeFile' ? 'write' : null
        return async (...args: unknown[]) => {
          if (what !== null) await disk.meet({ what, path })
          return (await member.apply(target, args)) as unknown
        }
      },
    })
  const changes = {
    open: async (path: string, ...rest: [string, number]) =>
      failing(String(path), await real.open(path, ...rest)),
    writeFile: async (path: string, ...rest: [string]) => {
      await disk.meet({ what: 'write', path: String(path) })
      await real.writeFile(path, ...rest)
    },
  }
  return { ...real, ...changes, default: { ...real, ...changes } }
}
