/** `npm test [vitest arguments]`: sets up what is missing, then runs the whole suite. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildIfStale, checkTools, installIfNeeded, root } from './setup.mjs'

checkTools()
installIfNeeded()
buildIfStale()
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const { status } = spawnSync(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(status ?? 1)
