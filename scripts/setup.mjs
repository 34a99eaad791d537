/** What a fresh clone needs before it can run: the right tools, the packages, a build that is not stale. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Ends the process with every fault at once when node or git is missing or too old. */
export function checkTools() {
  const faults = []
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    faults.push(`Node.js 20.19 or newer is needed; this is ${process.versions.node}`)
  }
  const git = spawnSync('git', ['--version'], { encoding: 'utf8' })
  const found = /(\d+)\.(\d+)/.exec(git.stdout ?? '')
  if (!found) faults.push('git was not found; install git 2.39 or newer')
  else if (Number(found[1]) < 2 || (Number(found[1]) === 2 && Number(found[2]) < 39)) {
    faults.push(`git 2.39 or newer is needed; this is ${found[0]}`)
  }
  if (faults.length > 0) fail(faults.join('\n'))
}

/** Runs `npm ci` when node_modules is absent or older than the lock file. */
export function installIfNeeded() {
  const lock = join(root, 'package-lock.json')
  const installed = join(root, 'node_modules', '.package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return
  process.stderr.write('sluice: installing packages (once) …\n')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  const now = new Date()
  utimesSync(installed, now, now)
}

/** Builds when a source is newer than what was built. */
export function buildIfStale() {
  const stamp = join(root, 'dist', '.built')
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0
  const sources = [join(root, 'src'), join(root, 'package-lock.json'), join(root, 'scripts', 'build.mjs')]
  if (sources.every((path) => newest(path) <= built)) return
  run(process.execPath, [join(root, 'scripts', 'build.mjs')])
}

function newest(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

export function version() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (error) fail(`${command}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

function fail(message) {
  process.stderr.write(`sluice: ${message.split('\n').join('\nsluice: ')}\n`)
  process.exit(1)
}
