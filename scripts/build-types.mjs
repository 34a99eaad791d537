/** src/client -> dist/types: declarations for those who write TypeScript. Only for a package that is published. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup.mjs'

rmSync(join(root, 'dist', 'types'), { recursive: true, force: true })
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', 'scripts/tsconfig.client.json'], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(status ?? 1)
