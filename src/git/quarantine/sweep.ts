/** Removes, at the start, the quarantines that servers long gone left behind. */
import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { quarantineOf } from './flat-pack.ts'
import { mayBeRunning } from './instance.ts'
import { incomingDirectory } from './incoming.ts'

/** A server is taken for dead when its directory did not change for this long, and nothing else is known of it. */
const ABANDONED_MS = 24 * 60 * 60_000

/**
 * Far more often than once in `ABANDONED_MS`: without it who takes no pushes for so long loses his directory to
 * another server, and can take none from then on.
 *
 * @param instance name of this server
 */
export async function showAlive(root: string, instance: string): Promise<void> {
  const now = new Date()
  await utimes(`${incomingDirectory(root)}/${instance}`, now, now)
}

/**
 * @param root of the repositories
 * @param instance name of this server
 * @param keep names of quarantines that open intents still need
 * @returns names of what was removed
 */
export async function sweepQuarantines(
  root: string,
  instance: string,
  keep: readonly string[],
): Promise<string[]> {
  const incoming = incomingDirectory(root)
  const removed: string[] = []
  for (const other of await readdir(incoming).catch(() => [])) {
    if (other === instance || !(await isGone(incoming, other, instance))) continue
    removed.push(...(await sweepInstance(incoming, other, new Set(keep))))
  }
  return removed
}

async function sweepInstance(
  incoming: string,
  instance: string,
  keep: ReadonlySet<string>,
): Promise<string[]> {
  const entries = await readdir(`${incoming}/${instance}`)
  const unwanted = entries.filter((entry) => !keep.has(`${instance}/${quarantineOf(entry)}`))
  for (const entry of unwanted) await rm(`${incoming}/${instance}/${entry}`, { recursive: true, force: true })
  if (unwanted.length === entries.length)
    await rm(`${incoming}/${instance}`, { recursive: true, force: true })
  return unwanted.map((entry) => `${instance}/${entry}`)
}

async function isGone(incoming: string, other: string, self: string): Promise<boolean> {
  if (!mayBeRunning(other, self)) return true
  const { mtimeMs } = await stat(`${incoming}/${other}`)
  return Date.now() - mtimeMs > ABANDONED_MS
}
